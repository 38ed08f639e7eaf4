import { useState } from "preact/hooks";
import { answer, api, Refusal, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { me } from "~/api/session";
import { Button, tellRefusal } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { TextField } from "~/ui/Field";
import { Arrived } from "~/ui/states";
import { open as openProgram } from "./draft";
import { EXAMPLES } from "./examples";
import { FRAMEWORK_NAMES, FRAMEWORKS } from "./framework";
import { openScript } from "./opening";

/** Programs to begin with: examples for anybody, the platform's templates for who is signed in. */
export function Library({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog title="Open a program" open={open} onClose={onClose} actions={<Button onClick={onClose}>Close</Button>} wide>
      <Shelves onDone={onClose} />
    </Dialog>
  );
}

function Shelves({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const fits = (...parts: (string | null)[]) => parts.join(" ").toLowerCase().includes(text.trim().toLowerCase());
  const examples = EXAMPLES.filter((one) => fits(one.name, one.about, "openqasm example"));
  return (
    <div class="playground-library">
      <TextField label="Search" type="search" autofocus value={text} onInput={setText} placeholder="grover, cirq, workflow …" />
      {examples.length > 0 && (
        <section>
          <h3>Examples in OpenQASM</h3>
          <ul>
            {examples.map((one) => (
              <li key={one.name}>
                <button
                  type="button"
                  onClick={() => {
                    openProgram(one.code, { kind: "example", name: one.name, defaults: {} });
                    onDone();
                  }}
                >
                  <strong>{one.name}</strong>
                  <small>{one.about}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {me.value ? <Templates fits={fits} onDone={onDone} /> : <p class="playground-note">Sign in for the templates in Qiskit, Cirq, PennyLane and Marqov.</p>}
    </div>
  );
}

function Templates({ fits, onDone }: { fits: (...parts: (string | null)[]) => boolean; onDone: () => void }) {
  const loaded = useLoad((signal) => answer(api.GET("/api/scripts", { params: { query: { library: "platform", limit: 200 } }, signal })), []);
  return (
    <Arrived of={loaded} what="Fetching the templates">
      {({ items }) => {
        const found = items.filter((one) => fits(one.name, one.description, one.framework, one.category));
        return (
          <>
            {FRAMEWORKS.map((framework) => <Shelf key={framework} title={FRAMEWORK_NAMES[framework]} scripts={found.filter((one) => one.framework === framework)} onDone={onDone} />)}
            {found.length === 0 && <p class="playground-note">No template has that in its name or description.</p>}
          </>
        );
      }}
    </Arrived>
  );
}

function Shelf({ title, scripts, onDone }: { title: string; scripts: readonly Shape<"Script">[]; onDone: () => void }) {
  if (scripts.length === 0) return null;
  const take = (id: string) =>
    openScript(id).then(onDone, (problem: unknown) => {
      if (!(problem instanceof Refusal)) throw problem;
      tellRefusal(problem);
    });
  return (
    <section>
      <h3>Templates in {title}</h3>
      <ul>
        {scripts.map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => void take(one.id)}>
              <strong>{one.name}</strong>
              <small>{one.description}</small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
