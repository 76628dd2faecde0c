interface LoginPage {
  readonly baseUrl: string;
  readonly next: string;
  readonly xsrf: string;
  readonly message: string;
  readonly hasPassword: boolean;
}

/** A form that works without scripts. */
export function loginPage({ baseUrl, next, xsrf, message, hasPassword }: LoginPage): string {
  const label = hasPassword ? "Password or token" : "Token";
  const where = hasPassword
    ? ""
    : "<p>The terminal where the server was started shows an address with the token.</p>";
  const action = escapeHtml(`${baseUrl}login?next=${encodeURIComponent(next)}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>gradlab: log in</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem; color-scheme: light dark; }
input, button { font: inherit; padding: 0.4rem 0.6rem; box-sizing: border-box; width: 100%; margin: 0.4rem 0; }
</style>
</head>
<body>
<main>
<h1>gradlab</h1>
${message === "" ? "" : `<p role="alert"><strong>${escapeHtml(message)}</strong></p>`}
<form method="post" action="${action}">
<input type="hidden" name="_xsrf" value="${escapeHtml(xsrf)}">
<label>${label}<input type="password" name="password" autocomplete="current-password" autofocus required></label>
<button>Log in</button>
</form>
${where}
</main>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
