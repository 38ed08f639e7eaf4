import { useEffect, useState } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import { team } from "~/api/session";
import { useCommands } from "~/shell/commands";
import { Button, LinkButton } from "~/ui/Button";
import { Choice, TextField } from "~/ui/Field";
import { Page } from "~/ui/Page";
import { Arrived, Empty } from "~/ui/states";
import { Tabs } from "~/ui/Tabs";
import { When } from "~/ui/values";
import { FRAMEWORKS, sayFramework } from "./frameworks";
import { useLibrary } from "./library";
import { leaving, sayOwner, type Script } from "./script";
import "./scripts.css";
import { alike, LIBRARIES, type Library, readShown, type Shown, writeShown } from "./shelf";
import { UploadDialog } from "./UploadDialog";

const TYPING_MS = 250;

/** The library: templates, one's own, the team's and what others published. */
export default function ScriptsPage() {
  const [uploading, setUploading] = useState(false);
  const shown = readShown(useSearch());
  const [, go] = useLocation();
  const show = (changed: Partial<Shown>) => go(writeShown({ ...shown, ...changed }), { replace: true });
  const suspended = Boolean(team.value?.suspended_at);
  useCommands([{ name: "New script", keys: "n", run: () => setUploading(true) }], []);
  return (
    <Page
      title="Scripts"
      about="Programs that are kept: run them again, in versions, for the team or for everybody."
      actions={
        <Button kind="primary" disabled={suspended || team.value === null} onClick={() => setUploading(true)}>
          New script
        </Button>
      }
    >
      <Filters shown={shown} onShow={show} />
      <Tabs label="Library" value={shown.library} onChange={(library) => show({ library: library as Library })} tabs={LIBRARIES.map(({ id, label }) => ({ id, label, content: () => <Shelf shown={shown} onNew={() => setUploading(true)} /> }))} />
      <UploadDialog open={uploading} onClose={() => setUploading(false)} />
    </Page>
  );
}

function Filters({ shown, onShow }: { shown: Shown; onShow: (changed: Partial<Shown>) => void }) {
  const [text, setText] = useState(shown.q);
  useEffect(() => {
    if (text === shown.q) return;
    const timer = setTimeout(() => onShow({ q: text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => setText(shown.q), [shown.q]);
  return (
    <div class="row scripts-filters" role="search">
      <TextField label="Search" type="search" maxLength={200} placeholder="name, description, slug" value={text} onInput={setText} />
      <Choice label="Framework" value={shown.framework} onChange={(framework) => onShow({ framework })} options={[{ value: "", label: "all" }, ...FRAMEWORKS]} />
    </div>
  );
}

function Shelf({ shown, onNew }: { shown: Shown; onNew: () => void }) {
  const library = useLibrary(shown, team.value?.id ?? null);
  return (
    <Arrived of={library} what="Reading the library">
      {({ items }) => {
        const here = items.filter(({ id }) => !leaving.value.has(id));
        if (here.length === 0) return <Nothing shown={shown} onNew={onNew} />;
        return (
          <>
            <ul class="cards scripts-shelf">
              {alike(here, shown.library).map((scripts) => (
                <Card key={scripts[0].id} scripts={scripts} />
              ))}
            </ul>
            {library.more && <Button onClick={library.more}>Show more</Button>}
          </>
        );
      }}
    </Arrived>
  );
}

/** One script, or one template as several frameworks say it. */
function Card({ scripts }: { scripts: readonly [Script, ...Script[]] }) {
  const [script] = scripts;
  return (
    <li class="card scripts-card">
      <h2>
        <Link href={`/scripts/${script.id}`}>{script.name}</Link>
      </h2>
      <p class="scripts-about">{script.description || "No description."}</p>
      <p class="scripts-facts">
        {scripts.length === 1 && <span class="scripts-framework">{sayFramework(script.framework)}</span>}
        {scripts.length > 1 &&
          scripts.map((one) => (
            <Link key={one.id} class="scripts-framework" href={`/scripts/${one.id}`} aria-label={`${one.name} in ${sayFramework(one.framework)}`}>
              {sayFramework(one.framework)}
            </Link>
          ))}
        {script.script_type !== "script" && <span>{script.script_type}</span>}
        {!script.is_template && <span>{sayOwner(script)}</span>}
        {!script.is_template && (
          <span>
            <When at={script.updated_at} ago />
          </span>
        )}
      </p>
    </li>
  );
}

function Nothing({ shown, onNew }: { shown: Shown; onNew: () => void }) {
  if (shown.q !== "" || shown.framework !== "") {
    return (
      <Empty title="Nothing fits" action={<LinkButton href={writeShown({ ...shown, q: "", framework: "" })}>Show all of them</LinkButton>}>
        No script of this part of the library has that in its name, description or slug.
      </Empty>
    );
  }
  if (shown.library === "platform") return <Empty title="No templates">This platform was set up without templates of its own.</Empty>;
  if (shown.library === "published") return <Empty title="Nothing is published">Owners and admins publish a script of their team on its page: then every team here can read and run it.</Empty>;
  return (
    <Empty
      title={shown.library === "mine" ? "You have no scripts yet" : "The team has no scripts yet"}
      action={
        <div class="actions scripts-center">
          <Button kind="primary" onClick={onNew}>New script</Button>
          <LinkButton href="/run">Write one in the playground</LinkButton>
        </div>
      }
    >
      A script is a program with a name: each text that it had is kept as a version, and jobs of it can be told apart. Save one from the playground or from a job, upload a file, or begin with a template.
    </Empty>
  );
}
