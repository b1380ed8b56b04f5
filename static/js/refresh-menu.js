// The menu in the bar: how often the page asks for itself, and "Refresh now", which has the API read at once.

import { asksToSignIn, SEE_REDIRECTS } from "./ours.js";
import { planPoll, poll } from "./poll.js";
import { choosePollInterval, pollInterval } from "./poll-interval.js";

const PAUSE = 500;  // milliseconds between two questions for what came of it
const sleep = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

const form = document.querySelector("#refresh");
const status = form.querySelector("[role=status]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "Asked, reading";
  try {
    const { answer, text } = await requestRefresh();
    if (text) {
      status.textContent = text;
      return;
    }
    await followRefresh(answer);
    poll();
  } catch (error) {
    status.textContent = error.reason ?? "The dashboard does not answer";
  }
});

// Returns where to ask for what came of it, as `answer`; or why it could not be asked for, as `text`.
function requestRefresh() {
  const headers = { Accept: "application/json" };
  return ask(form.action, { method: "POST", body: new FormData(form), headers });
}

async function followRefresh(url) {
  for (let settled = false; !settled;) {
    await sleep(PAUSE);
    const progress = await ask(url);
    ({ settled } = progress);
    status.textContent = progress.text;
  }
}

async function ask(url, options = {}) {
  const response = await fetch(url, { ...SEE_REDIRECTS, ...options });
  if (asksToSignIn(response)) throw problem("Signed out: reload the page");
  if (response.status === 403) throw problem("This page is out of date: reload it");
  return response.json();
}

const problem = (reason) => Object.assign(new Error(reason), { reason });

const select = form.querySelector("#every");
select.value = pollInterval();
select.addEventListener("change", () => {
  choosePollInterval(select.value);
  planPoll();
});
