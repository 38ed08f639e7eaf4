import { Page } from "~/ui/Page";

export default function CapsulesPage() {
  return <Page title="CapsulesPage"> </Page>;
}
