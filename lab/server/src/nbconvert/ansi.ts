import { escapeHtml } from "../auth/index.js";

/** Foreground colours 30–37 and 90–97, readable on white and on black. */
const COLORS = ["#555", "#c33", "#2a8a2a", "#a67c00", "#36c", "#a3a", "#188", "#777"] as const;

/** Printed text → HTML: lines as a terminal leaves them (carriage return), colours and bold kept, other escapes dropped. */
export function ansiToHtml(text: string): string {
  let color: string | undefined;
  let bold = false;
  // eslint-disable-next-line no-control-regex -- escapes of a terminal begin with one
  const parts = overwritten(text).split(/\u001b\[([\d;]*)m/);
  return parts
    .map((part, i) => {
      if (i % 2 === 1) {
        for (const code of part === "" ? [0] : part.split(";").map(Number)) {
          if (code === 0) [color, bold] = [undefined, false];
          else if (code === 1) bold = true;
          else if (code === 22) bold = false;
          else if (code === 39) color = undefined;
          else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) color = COLORS[code % 10];
        }
        return "";
      }
      // eslint-disable-next-line no-control-regex -- what is left of terminal escapes
      const plain = escapeHtml(part.replace(/\u001b\[[\d;?]*[A-Za-z]|\u001b/g, ""));
      const style = [color === undefined ? "" : `color:${color}`, bold ? "font-weight:bold" : ""];
      const css = style.filter(Boolean).join(";");
      return plain === "" || css === "" ? plain : `<span style="${css}">${plain}</span>`;
    })
    .join("");
}

/** What stays of each line when a carriage return begins it anew. */
function overwritten(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.replace(/\r$/, "").replace(/^.*\r/, ""))
    .join("\n");
}
