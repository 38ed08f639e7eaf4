import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { me } from "~/api/session";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { type Command, commands, useCommands } from "./commands";
import { KeyRow } from "./KeyRow";
import { recall, remember } from "./memory";
import { undoLast } from "./notices";
import { paletteOpen } from "./Palette";
import { PLACES } from "./rooms";
import { chooseTheme } from "./theme";

/** Whether keys work without Ctrl or ⌘ beside them: who speaks to the computer types letters by chance (WCAG 2.1.4). */
export const singleKeys = signal(recall("keys") !== "off");

/** Turns keys without Ctrl or ⌘ on or off, and remembers it. */
export function chooseSingleKeys(on: boolean): void {
  singleKeys.value = on;
  remember("keys", on ? null : "off");
}

const helpOpen = signal(false);
const TWO_KEYS_MS = 1200;
const CLICKED = ["button", "checkbox", "radio", "range", "reset", "submit"];

/** The places and the shell's own commands; and the one listener for all keys. */
export function usePlaces(): void {
  const [, go] = useLocation();
  const signedIn = me.value !== null;
  useCommands(
    [
      ...PLACES.filter((place) => place.open || signedIn).map((place) => ({ name: `Go to ${place.label}`, keys: `g ${place.key}`, run: () => go(place.href) })),
      { name: "Find a page or a command", keys: "Mod+k", run: () => (paletteOpen.value = !paletteOpen.value) },
      { name: "Show all keys", keys: "?", run: () => (helpOpen.value = true) },
      { name: "Undo what a notice offers to undo", keys: "u", run: undoLast },
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
    if (!mod && (!singleKeys.value || event.altKey || isWriting(event.target) || document.querySelector("dialog[open]"))) return;
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
  if (target instanceof HTMLInputElement) return !CLICKED.includes(target.type);
  return target instanceof HTMLElement && (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT");
}

/** The keys that work on this page. Two keys are pressed one after the other. */
export function KeyHelp() {
  return (
    <Dialog title="Keys" open={helpOpen.value} onClose={() => (helpOpen.value = false)} actions={<Button onClick={() => (helpOpen.value = false)}>Close</Button>}>
      <dl class="keys">
        {commands.value
          .filter(({ keys }) => keys !== undefined && (singleKeys.value || keys.startsWith("Mod+")))
          .map(({ name, keys = "" }) => (
            <div key={name}>
              <dt>
                <KeyRow of={keys} />
              </dt>
              <dd>{name}</dd>
            </div>
          ))}
      </dl>
      {!singleKeys.value && <p>Keys without Ctrl are turned off; my account turns them on.</p>}
    </Dialog>
  );
}
