import { signal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Command, commands } from "./commands";
import { KeyRow } from "./KeyRow";

export const paletteOpen = signal(false);

/** The command palette: a combobox over everything that can be done on this page. */
export function Palette() {
  const element = useRef<HTMLDialogElement>(null);
  // Before the next key is read: what is typed at once after Ctrl K is meant for it.
  useLayoutEffect(() => {
    const dialog = element.current!;
    if (paletteOpen.value && !dialog.open) dialog.showModal();
    if (!paletteOpen.value && dialog.open) dialog.close();
  }, [paletteOpen.value]);
  const close = () => (paletteOpen.value = false);
  return (
    <dialog ref={element} class="palette" aria-label="Find a page or a command" onClose={close} onClick={(event) => event.target === element.current && close()}>
      {paletteOpen.value && <Finder onDone={close} />}
    </dialog>
  );
}

function Finder({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const found = search(commands.value, text);
  const chosen = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  function run(command: Command | undefined): void {
    if (command === undefined) return;
    onDone();
    command.run();
  }
  function key(event: KeyboardEvent): void {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setAt((chosen + move + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  }
  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-label="Find a page or a command"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        placeholder="What would you like to do?"
        autofocus
        value={text}
        onKeyDown={key}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Commands" ref={list}>
        {found.map((command, n) => (
          <li key={command.name} id={`${id}-${n}`} role="option" aria-selected={n === chosen} onClick={() => run(command)} onMouseMove={() => setAt(n)}>
            <span>{command.name}</span>
            {command.keys !== undefined && <KeyRow of={command.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="nothing">No command has “{text}” in its name.</p>}
    </>
  );
}

/** Commands that hold every word of the text, those that begin with it first. */
export function search(all: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = all.filter((command) => words.every((word) => command.name.toLowerCase().includes(word)));
  const early = (command: Command) => (command.name.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return fits.sort((one, other) => early(one) - early(other));
}
