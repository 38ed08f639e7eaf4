import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { me } from "~/api/session";
import { Dialog } from "~/ui/Dialog";
import { type Command, commands, useCommands } from "./commands";
import { KeyRow } from "./KeyRow";
import { paletteOpen } from "./Palette";
import { PLACES } from "./rooms";
import { chooseTheme } from "./theme";

const helpOpen = signal(false);
const TWO_KEYS_MS = 1200;

/** The places and the shell's own commands; and the one listener for all keys. */
export function usePlaces(): void {
  const [, go] = useLocation();
  const signedIn = me.value !== null;
  useCommands(
    [
      ...PLACES.filter((place) => place.open || signedIn).map((place) => ({ name: `Go to ${place.label}`, keys: `g ${place.key}`, run: () => go(place.href) })),
      { name: "Find a page or a command", keys: "Mod+k", run: () => (paletteOpen.value = !paletteOpen.value) },
      { name: "Show all keys", keys: "?", run: () => (helpOpen.value = true) },
      { name: "Theme: as the system", run: () => chooseTheme("system") },
      { name: "Theme: light", run: () => chooseTheme("light") },
      { name: "Theme: dark", run: () => chooseTheme("dark") },
      ...(signedIn ? [{ name: "Go to my account", keys: "g a", run: () => go("/account") }] : [{ name: "Sign in", run: () => go("/sign-in") }]),
    ],
    [signedIn],
  );
  useLayoutEffect(listen, []);
}

function listen(): () => void {
  let before = "";
  let forget: ReturnType<typeof setTimeout> | undefined;
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const mod = event.ctrlKey || event.metaKey;
    // Single keys are letters while someone writes, and a dialog keeps the keys to itself.
    if (!mod && (isWriting(event.target) || document.querySelector("dialog[open]"))) return;
    const key = mod ? `Mod+${event.key}` : event.key;
    const found = find(before === "" ? key : `${before} ${key}`) ?? find(key);
    clearTimeout(forget);
    before = "";
    if (found !== undefined) {
      event.preventDefault();
      found.run();
    } else if (!mod && key.length === 1) {
      before = key;
      forget = setTimeout(() => (before = ""), TWO_KEYS_MS);
    }
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/** What a page offers wins over what the shell offers. */
function find(keys: string): Command | undefined {
  return commands.value.findLast((command) => command.keys === keys);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

export function KeyHelp() {
  return (
    <Dialog title="Keys" open={helpOpen.value} onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {commands.value
          .filter((command) => command.keys !== undefined)
          .map((command) => (
            <div key={command.name}>
              <dt>
                <KeyRow of={command.keys!} />
              </dt>
              <dd>{command.name}</dd>
            </div>
          ))}
      </dl>
    </Dialog>
  );
}
