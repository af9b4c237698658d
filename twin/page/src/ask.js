// How the page speaks to the twin: questions, deeds and uploads. A refusal becomes one sentence for the person, at the
// bottom of the window; a twin that does not answer at all is told apart from one that says no.

const TOAST_MS = 5000;
const LONGEST_TOASTS = 4;

// The twin answered, and the answer is no; unlike a twin that does not answer at all.
export class Refusal extends Error {}

export function createAsking(store) {
  let toasts = 0;

  // `undo` is a button beside the sentence: {label, act}.
  const say = (text, kind = "info", undo = null) => {
    const id = ++toasts;
    store.set((s) => ({ toasts: [...s.toasts, { id, text, kind, undo }].slice(-LONGEST_TOASTS) }));
    setTimeout(() => store.set((s) => ({ toasts: s.toasts.filter((t) => t.id !== id) })), TOAST_MS);
  };

  const ask = async (path, query = {}) => {
    const known = Object.entries({ as: store.get().as, ...query }).filter(([, v]) => v != null);
    const response = await fetch(`${path}?${new URLSearchParams(known)}`);
    const answer = await response.json();
    if (!response.ok || answer.ok === false) throw new Refusal(answer.say ?? answer.error ?? response.statusText);
    return answer;
  };

  const answered = (answer, quiet) => {
    if (!answer.ok && !quiet) say(answer.say ?? answer.error ?? "That did not work.", "error");
    return answer;
  };

  const unreachable = { ok: false, error: "unreachable", say: "The twin cannot be reached. Is it still running?" };

  // Does one deed and answers what the twin answered; {ok: false} when it refused or could not be reached.
  const act = async (deed, fields = {}, { quiet = false } = {}) => {
    const body = JSON.stringify({ as: store.get().as, deed, ...fields });
    try {
      const headers = { "content-type": "application/json" };
      const response = await fetch("/twin/act", { method: "POST", headers, body });
      return answered(await response.json(), quiet);
    } catch {
      return answered(unreachable, quiet);
    }
  };

  // Sends files with `fields` beside them: {channel, text?, thread_ts?} for a message, {view_id, block_id, action_id}
  // for a field of a modal.
  const upload = async (files, fields) => {
    const form = new FormData();
    form.set("as", store.get().as);
    for (const [name, value] of Object.entries(fields)) if (value) form.set(name, value);
    for (const file of files) form.append("file", file, file.name);
    try {
      const response = await fetch("/twin/upload", { method: "POST", body: form });
      return answered(await response.json(), false);
    } catch {
      return answered(unreachable, false);
    }
  };

  return { say, ask, act, upload };
}
