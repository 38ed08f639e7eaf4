import { Page } from "~/ui/Page";

export default function PlaygroundPage() {
  return <Page title="PlaygroundPage"> </Page>;
}
