import { useEffect, useState } from "preact/hooks";
import { Link, Redirect } from "wouter-preact";
import { api, Refusal } from "~/api/client";
import { findMe, me } from "~/api/session";
import { LinkButton } from "~/ui/Button";
import { Trouble, Waiting } from "~/ui/states";
import { answerInTime, TooMany } from "./asking";
import { Doorway } from "./Doorway";
import { useFragment } from "./secret";

/** The machine's owner comes in by a link that was printed in the terminal, good for one time. */
export default function EnterPage() {
  const code = useFragment();
  const [since] = useState(Date.now);
  const [entered, setEntered] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  useEffect(() => {
    if (code === null) return;
    setRefusal(null);
    enter(code).then(
      () => setEntered(true),
      (problem: unknown) => {
        if (problem instanceof TooMany) setRefusal(problem.refusal);
        else if (problem instanceof Refusal) setRefusal(problem);
        else throw problem;
      },
    );
  }, [code]);
  if (entered) return <Redirect to="/run" replace />;
  return (
    <Doorway title="Come in">
      {refusal !== null ? (
        <>
          <Trouble refusal={refusal} />
          <Again />
        </>
      ) : code !== null ? (
        <Waiting what="Coming in by the link" since={since} />
      ) : (
        <>
          <p>This page comes in by a link with a one-time code, and this address has none.</p>
          <Again />
        </>
      )}
    </Doorway>
  );
}

async function enter(code: string): Promise<void> {
  await answerInTime(api.POST("/api/auth/enter", { body: { code, cookie: true } }));
  await findMe();
}

function Again() {
  return (
    <>
      <p>
        A link works once, within an hour. On the machine that runs this platform, <code>quapsule open</code> prints a fresh one.
      </p>
      {me.value ? <LinkButton href="/run">You are signed in: go on</LinkButton> : <p>With a password: <Link href="/sign-in">sign in</Link>.</p>}
    </>
  );
}
