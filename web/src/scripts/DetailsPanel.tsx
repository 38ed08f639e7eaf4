import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { say, soon } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Choice, Field, TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { Copyable, When } from "~/ui/values";
import { FRAMEWORKS, sayFramework } from "./frameworks";
import { leaving, type rightsTo, type ScriptDetail } from "./script";

interface Props {
  script: ScriptDetail;
  rights: ReturnType<typeof rightsTo>;
  onChanged: (script: ScriptDetail) => void;
}

/** What is said about a script, who sees it, and its end. */
export function DetailsPanel({ script, rights, onChanged }: Props) {
  async function change(body: Shape<"ChangeBody">): Promise<void> {
    onChanged(await answer(api.PATCH("/api/scripts/{script_id}", { params: { path: { script_id: script.id } }, body, headers: onceOnly() })));
  }
  return (
    <div class="stack">
      {rights.change === null ? <About script={script} onChange={change} /> : <Facts script={script} />}
      {rights.change === null && <Publishing script={script} why={rights.publish} onChange={change} />}
      {rights.change === null && <Deletion script={script} />}
    </div>
  );
}

function Facts({ script }: { script: ScriptDetail }) {
  return (
    <dl class="facts">
      <dt>Slug</dt>
      <dd>
        <Copyable text={script.slug} label="Copy the slug" />
      </dd>
      <dt>Framework</dt>
      <dd>{sayFramework(script.framework)}</dd>
      <dt>Category</dt>
      <dd>{script.category}</dd>
      <dt>Qubits</dt>
      <dd>{script.qubits}</dd>
      <dt>Requirements</dt>
      <dd>{script.requirements ? <pre>{script.requirements}</pre> : "none beyond what is installed"}</dd>
      <dt>Changed</dt>
      <dd>
        <When at={script.updated_at} />
      </dd>
    </dl>
  );
}

function About({ script, onChange }: { script: ScriptDetail; onChange: (body: Shape<"ChangeBody">) => Promise<void> }) {
  const [name, setName] = useState(script.name);
  const [description, setDescription] = useState(script.description ?? "");
  const [framework, setFramework] = useState(script.framework ?? "");
  const [category, setCategory] = useState(script.category);
  const [requirements, setRequirements] = useState(script.requirements ?? "");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const chosen = FRAMEWORKS.find(({ value }) => value === framework)?.value;
  const body: Shape<"ChangeBody"> = {
    ...(name.trim() !== script.name && { name: name.trim() }),
    ...(description !== (script.description ?? "") && { description: description || null }),
    ...(chosen !== undefined && chosen !== script.framework && { framework: chosen }),
    ...(category.trim() !== script.category && { category: category.trim() }),
    ...(requirements !== (script.requirements ?? "") && { requirements: requirements || null }),
  };
  const changed = Object.keys(body).length > 0 && name.trim() !== "" && category.trim() !== "";
  async function save(): Promise<void> {
    setRefusal(null);
    await onChange(body);
    say({ kind: "done", text: "Saved." });
  }
  return (
    <form class="card scripts-about-form" onSubmit={(event) => event.preventDefault()}>
      {refusal && <Trouble refusal={refusal} />}
      <TextField label="Name" name="script-name" autocomplete="off" maxLength={100} value={name} onInput={setName} />
      <Field label="Description">{(ids) => <textarea {...ids} rows={3} maxLength={20_000} value={description} onInput={(event) => setDescription(event.currentTarget.value)} />}</Field>
      <div class="row">
        <Choice label="Framework" value={framework} onChange={setFramework} options={chosen === undefined ? [{ value: "", label: "unknown" }, ...FRAMEWORKS] : FRAMEWORKS} />
        <TextField label="Category" name="script-category" autocomplete="off" maxLength={100} value={category} onInput={setCategory} />
      </div>
      <Field label="Requirements" hint="One package a line, as in requirements.txt; only those that who runs this platform allows. Empty: what is installed.">
        {(ids) => <textarea {...ids} class="mono" rows={2} spellcheck={false} maxLength={20_000} value={requirements} onInput={(event) => setRequirements(event.currentTarget.value)} />}
      </Field>
      <Button type="submit" kind="primary" disabled={!changed} onClick={save} onRefusal={setRefusal}>
        Save the details
      </Button>
      <p class="scripts-note">
        Slug, for programs: <Copyable text={script.slug} label="Copy the slug" />
      </p>
    </form>
  );
}

function Publishing({ script, why, onChange }: { script: ScriptDetail; why: string | null; onChange: (body: Shape<"ChangeBody">) => Promise<void> }) {
  const to = !script.is_public;
  async function publish(): Promise<void> {
    await onChange({ is_public: to });
    say({ kind: "done", text: to ? "Published: every team here can read and run it." : "It is the team's alone again.", undo: () => onChange({ is_public: !to }) });
  }
  return (
    <section class="card" aria-labelledby="script-publishing">
      <h2 id="script-publishing">{script.is_public ? "Published" : "Not published"}</h2>
      <p>{script.is_public ? "Every team on this platform can read and run its present text." : "Only the team sees it. Published, every team on this platform can read and run its present text; earlier versions stay the team's."}</p>
      <Button disabled={why !== null} onClick={publish}>
        {script.is_public ? "Take it back" : "Publish it"}
      </Button>
      {why !== null && <p class="scripts-note">{why}</p>}
    </section>
  );
}

function Deletion({ script }: { script: ScriptDetail }) {
  const [, go] = useLocation();
  const { id, name } = script;
  function remove(): void {
    leaving.value = new Set([...leaving.value, id]);
    const back = () => (leaving.value = new Set([...leaving.value].filter((one) => one !== id)));
    const act = () => answer(api.DELETE("/api/scripts/{script_id}", { params: { path: { script_id: id } }, headers: onceOnly(), keepalive: true }));
    soon(`“${name}” is deleted.`, act, back);
    go("/scripts?library=mine");
  }
  return (
    <section class="card" aria-labelledby="script-deletion">
      <h2 id="script-deletion">Delete</h2>
      <p>It leaves the library. Jobs and capsules that ran it keep their text.</p>
      <Button kind="danger" onClick={remove}>
        Delete the script
      </Button>
    </section>
  );
}
