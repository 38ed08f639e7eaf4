import { Page } from "~/ui/Page";

export default function BackendPage() {
  return <Page title="BackendPage"> </Page>;
}
