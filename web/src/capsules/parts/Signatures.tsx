import { Empty } from "~/ui/states";
import { Copyable, When } from "~/ui/values";
import { type Capsule, fingerprint, isSealed, shortly } from "../capsule";
import { VerifyHere } from "./VerifyHere";

/** Who stands for the capsule: printed name, date and time, and meaning, as 21 CFR 11.50 wants them shown. */
export function Signatures({ capsule }: { capsule: Capsule }) {
  if (!isSealed(capsule)) {
    return (
      <Empty title="Nobody has signed yet">
        The seal is the platform's signature; whoever seals may sign as well, and members of the team sign what is sealed: as author, for review, for approval or in responsibility.
      </Empty>
    );
  }
  if (capsule.signatures.length === 0) {
    return (
      <>
        <p>It was sealed elsewhere: its signatures are those of the proof that came with it. Their keys are to be compared with what you know from elsewhere.</p>
        <VerifyHere capsule={capsule} atOnce />
      </>
    );
  }
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Signatures">
      <table>
        <caption class="visually-hidden">Signatures of this capsule</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Meaning</th>
            <th scope="col">Signed</th>
            <th scope="col">With the key</th>
          </tr>
        </thead>
        <tbody>
          {capsule.signatures.map((one) => (
            <tr key={one.id}>
              <td class="capsules-long">{one.signer_name}</td>
              <td>{one.meaning}</td>
              <td>
                <When at={one.signed_at} />
              </td>
              <td>
                {one.kind === "user" ? "their own" : one.signer_id === null ? "the platform's" : "the platform's, as witness"}
                <br />
                <Copyable text={fingerprint(one.key_id)} shown={shortly(fingerprint(one.key_id))} label="Copy the fingerprint" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
