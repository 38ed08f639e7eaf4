import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { stream } from "~/api/events";
import { chooseTeam, me, team } from "~/api/session";
import { useSeconds } from "~/ui/states";
import { Corner } from "./Corner";
import { useFreshMe } from "./fresh";
import { KeyHelp, usePlaces } from "./keys";
import { Palette, paletteOpen } from "./Palette";
import { PLACES } from "./rooms";

const LOADING_MS = 5_000;

/** What is around every page: the navigation, the team, the state of the live stream, notices, the command palette. */
export function Frame({ children }: { children: ComponentChildren }) {
  const [location] = useLocation();
  const [menu, setMenu] = useState(false);
  const main = useRef<HTMLElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const first = useRef(true);
  usePlaces();
  useFreshMe();
  useEffect(() => {
    setMenu(false);
    scrollTo(0, 0);
    // Someone who hears the page is told that it changed; on the first page nothing is taken away from the browser.
    if (first.current) {
      first.current = false;
      return;
    }
    return focusHeading(main.current);
  }, [location]);
  function fold(): void {
    if (!menu) return;
    setMenu(false);
    opener.current?.focus();
  }
  return (
    <div class="frame">
      <a class="skip" href="#main">Skip to the content</a>
      <header class="top">
        <Link href="/" class="mark" aria-label="Quapsule, to the playground">
          <img src="/mark.svg" alt="" width="28" height="28" />
          <span>Quapsule</span>
        </Link>
        <button type="button" ref={opener} class="button quiet menu-button" aria-expanded={menu} aria-controls="places" onClick={() => setMenu(!menu)}>
          Menu
        </button>
        <nav id="places" class={menu ? "places shown" : "places"} aria-label="Places" onKeyDown={(event) => event.key === "Escape" && fold()}>
          {PLACES.filter((place) => place.open || me.value).map((place) => (
            <Link key={place.href} href={place.href} aria-current={location.startsWith(place.href) ? "page" : undefined}>
              {place.label}
            </Link>
          ))}
        </nav>
        <div class="whose">
          <button type="button" class="button quiet find" onClick={() => (paletteOpen.value = true)} aria-keyshortcuts="Control+K">
            Find <kbd>Ctrl K</kbd>
          </button>
          <Whose />
        </div>
      </header>
      <Cut />
      <Suspended />
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
      <Corner />
      <Palette />
      <KeyHelp />
    </div>
  );
}

/** Moves the focus to the page's heading once the page has come, unless the page itself has put it somewhere. Returns what gives up. */
function focusHeading(main: HTMLElement | null): () => void {
  if (main === null) return () => {};
  const before = document.activeElement;
  const look = () => {
    const heading = main.querySelector<HTMLElement>("h1");
    if (heading === null) return;
    stop();
    const now = document.activeElement;
    if (now === before || now === document.body) heading.focus({ preventScroll: true });
  };
  const watcher = new MutationObserver(look);
  const frame = requestAnimationFrame(look);
  const timer = setTimeout(() => watcher.disconnect(), LOADING_MS);
  function stop(): void {
    cancelAnimationFrame(frame);
    watcher.disconnect();
    clearTimeout(timer);
  }
  watcher.observe(main, { childList: true, subtree: true });
  return stop;
}

function Whose() {
  const here = me.value;
  if (!here) {
    return <Link href="/sign-in" class="button primary">Sign in</Link>;
  }
  return (
    <>
      {here.teams.length > 1 && (
        <select aria-label="Team" value={team.value?.id ?? ""} onChange={(event) => chooseTeam(event.currentTarget.value)}>
          {here.teams.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
      <Link href="/account" class="button quiet who">
        {here.user.name || here.user.email}
      </Link>
    </>
  );
}

function Cut() {
  const state = stream.value;
  return state.state === "retrying" ? <Since since={state.since} tries={state.tries} /> : null;
}

function Since({ since, tries }: { since: number; tries: number }) {
  const seconds = useSeconds(since);
  if (seconds < 2) return null;
  return (
    <p class="banner" role="status">
      Not live for {Math.round(seconds)} s: the stream is cut and is being opened again (try {tries}). What was missed will be caught up.
    </p>
  );
}

function Suspended() {
  if (!team.value?.suspended_at) return null;
  return (
    <p class="banner strong" role="status">
      The team “{team.value.name}” is suspended: everything can be read and exported, nothing can be started or changed. Who runs this platform can resume it.
    </p>
  );
}
