// Whether an answer is the dashboard's own. A captive portal or a single sign-on may answer at the same address, with
// status 200 too: such an answer is no page of ours, and is never shown as part of one.

export const MARK = "X-Agent-Runs";

// What fetch is given: a redirect, which only a sign-in asks for, is then seen instead of followed.
export const SEE_REDIRECTS = { redirect: "manual" };

// Of a fetch with SEE_REDIRECTS.
export const asksToSignIn = (response) =>
  response.type === "opaqueredirect" || (response.ok && !response.headers.has(MARK));
