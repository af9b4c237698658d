// "New message": choose one person for a direct message, or several for a group.
import { useState } from "react";
import { Dialog } from "../dialog.jsx";
import { usePerson, useStore } from "../store.js";
import { PeoplePicker } from "./peoplepicker.jsx";

const MOST = 8;

export function Compose() {
  const person = usePerson();
  const me = useStore((s) => s.me.id);
  const [chosen, setChosen] = useState([]);
  const [isBusy, setBusy] = useState(false);
  const [without] = useState([]);
  const close = () => person.show(null);
  const open = async () => {
    if (!chosen.length || isBusy) return;
    setBusy(true);
    await person.message(chosen);
    setBusy(false);
  };
  return (
    <Dialog
      title="New message"
      onClose={close}
      onSubmit={open}
      data-testid="compose"
      footer={
        <button
          type="submit"
          className="button large primary"
          data-testid="compose-go"
          disabled={!chosen.length || isBusy}
        >
          {chosen.length > 1 ? "Open group" : "Open conversation"}
        </button>
      }
    >
      <PeoplePicker
        chosen={chosen}
        onChange={setChosen}
        without={without}
        most={MOST}
        label="To"
        placeholder="To: a name, a handle or a title"
        onDone={open}
      />
      {chosen.includes(me) && chosen.length === 1 ? (
        <p className="hint">Notes to yourself are seen by nobody else.</p>
      ) : null}
    </Dialog>
  );
}
