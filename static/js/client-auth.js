// Hands the new key, or the refusal, to the command line that waits on this computer. The key leaves the page with it.

const place = document.getElementById("handoff");
const source = document.getElementById(place.dataset.from ?? "");
const value = source?.value ?? place.dataset.value;

const show = (when) => {
  for (const part of place.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== when;
};

show("waiting");
try {
  const answer = await fetch(place.dataset.address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ [place.dataset.field]: value }),
    credentials: "omit",
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  if (source) for (const part of place.querySelectorAll('[data-when="failed"]')) part.remove();
  show("done");
} catch {
  show(source ? "failed" : "waiting");
}
