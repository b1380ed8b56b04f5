// The menu in the bar: how often the page asks for itself, and "Refresh now", which has the API read at once.

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
    await followRefresh(await requestRefresh());
    poll();
  } catch {
    status.textContent = "The dashboard does not answer";
  }
});

// Returns where to ask for what came of it.
async function requestRefresh() {
  const headers = { Accept: "application/json" };
  const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
  return (await response.json()).answer;
}

async function followRefresh(url) {
  for (let settled = false; !settled;) {
    await sleep(PAUSE);
    const progress = await (await fetch(url)).json();
    ({ settled } = progress);
    status.textContent = progress.text;
  }
}

const select = form.querySelector("#every");
select.value = pollInterval();
select.addEventListener("change", () => {
  choosePollInterval(select.value);
  planPoll();
});
