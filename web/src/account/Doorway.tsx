import type { ComponentChildren } from "preact";
import { Page } from "~/ui/Page";
import "./account.css";

/** A narrow page with one thing to do: coming in. */
export function Doorway({ title, about, children, below }: { title: string; about?: ComponentChildren; children: ComponentChildren; below?: ComponentChildren }) {
  return (
    <div class="account-doorway">
      <Page title={title} about={about}>
        <div class="card">{children}</div>
        {below !== undefined && <div class="account-below">{below}</div>}
      </Page>
    </div>
  );
}

/** How long until another try is taken; told once to a screen reader, not each second. */
export function Patience({ seconds }: { seconds: number }) {
  if (seconds === 0) return null;
  return (
    <p class="account-patience" role="status">
      Those were too many tries. The next one is possible in{" "}
      <span class="number" aria-hidden="true">
        {seconds} s
      </span>
      <span class="visually-hidden">about a minute</span>.
    </p>
  );
}

/** Where Supabase keeps the accounts, nothing of ours can sign anybody in. */
export function KeptBySupabase() {
  return (
    <>
      <p>The accounts of this platform are kept by Supabase, not by Quapsule itself: sign in, sign up and change passwords where its operator tells you.</p>
      <p>Programs and the command line send the access token that Supabase gave, or an API key of a team.</p>
    </>
  );
}
