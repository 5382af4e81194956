//! Rejected, for you, all: which part of the inbox is read.
import type { JSX } from "solid-js";
import { useApp } from "../app/context";
import { Segments } from "../parts/segments";
import { type InboxTab, inboxTab, setInboxTab, useForYou } from "./inbox-state";

const orNothing = (count: number) => (count > 0 ? count : undefined);

export function InboxTabs(): JSX.Element {
  const app = useApp();
  const forYou = useForYou(app);
  return (
    <Segments
      label="Part of the inbox"
      value={inboxTab()}
      onValue={value => setInboxTab(value as InboxTab)}
      segments={[
        { value: "rejected", words: "Rejected", count: orNothing(app.client.rejections().length) },
        { value: "for_you", words: "For you", count: orNothing(forYou().length) },
        { value: "all", words: "All" },
      ]}
    />
  );
}
