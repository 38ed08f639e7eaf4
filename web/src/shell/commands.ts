import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** Something that can be done here, by its name in the palette or by a key. */
export interface Command {
  name: string;
  /** Keys as KeyboardEvent.key says them, "Mod+Enter" (Ctrl, or ⌘ on a Mac), or two after another: "g j". */
  keys?: string;
  run: () => void;
}

export const commands = signal<readonly Command[]>([]);

/** Offers commands while the page (or part of it) is shown. `on`: what they close over. */
export function useCommands(offered: readonly Command[], on: readonly unknown[]): void {
  useLayoutEffect(() => {
    commands.value = [...commands.value, ...offered];
    return () => {
      commands.value = commands.value.filter((command) => !offered.includes(command));
    };
  }, on);
}
