import { Page } from "~/ui/Page";

export default function InvitationPage() {
  return <Page title="InvitationPage"> </Page>;
}
