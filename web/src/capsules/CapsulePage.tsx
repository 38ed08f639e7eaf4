import { Page } from "~/ui/Page";

export default function CapsulePage() {
  return <Page title="CapsulePage"> </Page>;
}
