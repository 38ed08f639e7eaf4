import { Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { Redirect, Route, Switch, useLocation } from "wouter-preact";
import { followEvents } from "~/api/events";
import { findMe, me } from "~/api/session";
import { Refusal } from "~/api/client";
import { Page } from "~/ui/Page";
import { Trouble, Waiting } from "~/ui/states";
import { ErrorBoundary } from "./ErrorBoundary";
import { Frame } from "./Frame";
import { type Room, ROOMS } from "./rooms";

export function App() {
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [opened] = useState(Date.now);
  const ask = () => {
    setProblem(null);
    findMe().catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      setProblem(error);
      setTimeout(ask, 3000);
    });
  };
  useEffect(ask, []);
  useEffect(followEvents, []);
  if (me.value === undefined) {
    return <main class="alone">{problem ? <Trouble refusal={problem} onRetry={ask} /> : <Waiting what="Asking the server who you are" since={opened} />}</main>;
  }
  return (
    <Frame>
      <Switch>
        <Route path="/">
          <Redirect to="/run" replace />
        </Route>
        {ROOMS.map((room) => (
          <Route key={room.path} path={room.path}>
            {(params) => <Inside room={room} params={params as Record<string, string>} />}
          </Route>
        ))}
        <Route>
          <Nowhere />
        </Route>
      </Switch>
    </Frame>
  );
}

function Inside({ room, params }: { room: Room; params: Record<string, string> }) {
  const [location] = useLocation();
  const [since] = useState(Date.now);
  if (!room.open && me.value === null) {
    const next = encodeURIComponent(location + window.location.search);
    return <Redirect to={`/sign-in?next=${next}`} replace />;
  }
  return (
    <ErrorBoundary key={location}>
      <Suspense fallback={<Waiting what="Loading the page" since={since} />}>
        <room.page params={params} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Nowhere() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped, or what it named is gone. Press <kbd>Ctrl</kbd> <kbd>K</kbd> to find a page by its name.
      </p>
    </Page>
  );
}
