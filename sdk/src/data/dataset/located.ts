import { GradlabError, type ErrorPlace } from "../../errors.js";

/** Calls a function of the user's; what it throws is told with the row it was called for. */
export async function located<U>(
  operator: string,
  where: ErrorPlace,
  call: () => U | Promise<U>,
): Promise<U> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof GradlabError && cause.where !== "") throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GradlabError("E_DATA_FORMAT", `The function given to ${operator} failed: ${reason}`, {
      where,
      hint: "Look at the row at this place; `filter` leaves out rows that the function cannot take.",
      cause,
    });
  }
}
