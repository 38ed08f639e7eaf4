import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly } from "~/api/client";
import { soon } from "~/shell/notices";
import { type Capsule, isSealed } from "../capsule";
import { deleteSoon } from "../list/leaving";
import type { Rights } from "../rights";
import { type Act, Acts } from "./acts";
import { DoiDialog } from "./DoiDialog";
import { EditDialog } from "./EditDialog";
import { RerunDialog } from "./RerunDialog";
import { SealDialog } from "./SealDialog";
import { SignDialog } from "./SignDialog";

interface Props {
  capsule: Capsule;
  rights: Rights;
  /** Something was asked of the worker. */
  onAsked: () => void;
  onChanged: (capsule: Capsule) => void;
  onSign: () => void;
}

type Open = "seal" | "sign" | "edit" | "doi" | "rerun" | null;

/** What can be done with the capsule in its state. */
export function CapsuleActs({ capsule, rights, onAsked, onChanged, onSign }: Props) {
  const [open, setOpen] = useState<Open>(null);
  const [soonTo, setSoonTo] = useState<"runnable" | "archive" | null>(null);
  const [, go] = useLocation();
  const close = () => setOpen(null);
  const later = (step: "runnable" | "archive", text: string) => {
    setSoonTo(step);
    soon(
      text,
      async () => {
        onChanged(await stepTo(capsule.id, step));
        setSoonTo(null);
      },
      () => setSoonTo(null),
    );
  };
  const waits = (step: "runnable" | "archive") => (soonTo === step ? "In a few seconds, unless you undo it." : null);
  const again: Act = { name: "Run again", keys: "r", why: rights.rerun, run: () => setOpen("rerun") };
  const compare: Act = { name: "Compare with …", keys: "c", why: null, kind: "quiet", run: () => go(`/capsules/compare?a=${capsule.id}`) };
  const acts: Act[] = isSealed(capsule)
    ? [
        { name: "Sign", keys: "s", why: rights.sign, kind: "primary", run: () => setOpen("sign") },
        again,
        ...(capsule.doi === null ? [{ name: "Record a DOI", why: rights.doi, run: () => setOpen("doi") }] : []),
        ...(capsule.state === "sealed" ? [{ name: "Archive", why: rights.archive ?? waits("archive"), run: () => later("archive", "It is archived: out of the way, read and verified as before.") }] : []),
        compare,
      ]
    : [
        { name: "Seal", keys: "s", why: rights.seal, kind: "primary", run: () => setOpen("seal") },
        { name: "Edit", keys: "e", why: rights.change, run: () => setOpen("edit") },
        ...(capsule.state === "draft"
          ? [
              { name: "Mark runnable", why: rights.runnable ?? waits("runnable"), run: () => later("runnable", "It becomes runnable, and can no longer be deleted.") },
              {
                name: "Delete the draft",
                why: rights.delete,
                kind: "danger" as const,
                run: () => {
                  deleteSoon(capsule);
                  go("/capsules");
                },
              },
            ]
          : []),
        again,
        compare,
      ];
  return (
    <>
      <Acts of={acts} />
      <SealDialog capsule={capsule} open={open === "seal"} onClose={close} onAsked={onAsked} />
      <SignDialog
        capsule={capsule}
        open={open === "sign"}
        onClose={close}
        onAsked={() => {
          onAsked();
          onSign();
        }}
      />
      <EditDialog capsule={capsule} open={open === "edit"} onClose={close} onChanged={onChanged} />
      <DoiDialog capsule={capsule} open={open === "doi"} onClose={close} onChanged={onChanged} />
      <RerunDialog capsule={capsule} open={open === "rerun"} onClose={close} />
    </>
  );
}

function stepTo(id: string, step: "runnable" | "archive"): Promise<Capsule> {
  const params = { path: { capsule_id: id }, header: onceOnly() };
  return answer(step === "runnable" ? api.POST("/api/capsules/{capsule_id}/runnable", { params, keepalive: true }) : api.POST("/api/capsules/{capsule_id}/archive", { params, keepalive: true }));
}
