import { Page } from "~/ui/Page";

export default function ScriptPage() {
  return <Page title="ScriptPage"> </Page>;
}
