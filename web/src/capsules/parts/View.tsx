import { useEffect, useState } from "preact/hooks";
import { useLoad } from "~/api/load";
import { Histogram } from "~/plots/Histogram";
import { Arrived } from "~/ui/states";
import { sayBytes } from "~/ui/values";
import { asText, MOST_SHOWN, readably, readArtifact } from "../artifacts";
import { type Artifact, type Capsule, COUNTS_FILE, readCounts } from "../capsule";

/** A file's content as text, as an image, or, for counts, as histograms. Never as a page. */
export function View({ capsule, file }: { capsule: Capsule; file: Artifact }) {
  if (file.size_bytes > MOST_SHOWN) return <p class="capsules-view">With {sayBytes(file.size_bytes)} it is too large to be shown here: download it.</p>;
  return <Read capsule={capsule} file={file} />;
}

function Read({ capsule, file }: { capsule: Capsule; file: Artifact }) {
  const content = useLoad((signal) => readArtifact(capsule.id, file.name, signal), [capsule.id, file.name, file.digest]);
  return (
    <div class="capsules-view">
      <Arrived of={content} what={`Reading ${file.name}`}>
        {(bytes) => <Shown bytes={bytes} file={file} />}
      </Arrived>
    </div>
  );
}

function Shown({ bytes, file }: { bytes: ArrayBuffer; file: Artifact }) {
  const text = asText(bytes);
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.content_type)) return <Picture bytes={bytes} file={file} />;
  if (text === null) return <p>It is not text: download it to open it elsewhere.</p>;
  const circuits = file.name === COUNTS_FILE ? readCounts(text) : null;
  return (
    <>
      {circuits?.slice(0, 20).map((circuit, n) => (
        <Histogram key={n} counts={circuit.counts} shots={circuit.shots} label={circuits.length === 1 ? "Counts" : `Counts of circuit ${n}`} />
      ))}
      {circuits !== null && circuits.length > 20 && <p>The first 20 of {circuits.length} circuits are drawn.</p>}
      {circuits === null ? (
        <Text text={readably(text, file.name)} name={file.name} />
      ) : (
        <details>
          <summary>As text</summary>
          <Text text={readably(text, file.name)} name={file.name} />
        </details>
      )}
    </>
  );
}

function Text({ text, name }: { text: string; name: string }) {
  return (
    <pre class="capsules-text" tabIndex={0} role="region" aria-label={`Content of ${name}`}>
      {text === "" ? "(empty)" : text}
    </pre>
  );
}

function Picture({ bytes, file }: { bytes: ArrayBuffer; file: Artifact }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: file.content_type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return url === "" ? null : <img class="capsules-picture" src={url} alt={`The picture ${file.name}`} />;
}
