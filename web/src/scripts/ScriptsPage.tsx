import { Page } from "~/ui/Page";

export default function ScriptsPage() {
  return <Page title="ScriptsPage"> </Page>;
}
