//! The icon set: drawn on a grid of 16, stroke 1.5, in the colour of the text beside it.
import type { JSX } from "solid-js";

const SHAPES = {
  accept: "M3 8.5 6.5 12 13 4.5",
  archive: "M2.5 3.5h11v3h-11zM3.5 6.5v6.5h9V6.5M6.5 9h3",
  arrow_down: "M8 2.5v11M3.5 9 8 13.5 12.5 9",
  arrow_left: "M13.5 8h-11M7 3.5 2.5 8 7 12.5",
  arrow_right: "M2.5 8h11M9 3.5 13.5 8 9 12.5",
  arrow_up: "M8 13.5v-11M3.5 7 8 2.5 12.5 7",
  block: "M5 3.5v9M11 3.5v9",
  board: "M2.5 2.5h3v11h-3zM6.75 2.5h3v7h-3zM11 2.5h2.5v9H11z",
  calendar: "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2v3M10.5 2v3",
  chart: "M3 13.5V9M6.5 13.5v-6M10 13.5V4M13.5 13.5h-11",
  check: "M3 8.5 6.5 12 13 4.5",
  chevron_down: "M4 6.5 8 10.5 12 6.5",
  chevron_left: "M9.5 4 5.5 8l4 4",
  chevron_right: "M6.5 4l4 4-4 4",
  chevron_up: "M4 9.5 8 5.5 12 9.5",
  claim: "M3 12.5c0-2.5 2-4 5-4s5 1.5 5 4M8 6.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5Z",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.75V8l2.25 1.5",
  close: "M4 4l8 8M12 4l-8 8",
  comment: "M2.5 3h11v8H7l-3 2.75V11H2.5z",
  copy: "M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3",
  decline: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  describe: "M3 4h10M3 8h10M3 12h6",
  device: "M3 3.5h10v7H3zM1.5 13h13",
  discard: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 9h6l.5-9M6.75 7v4M9.25 7v4",
  download: "M8 2.5v7.5M4.75 7 8 10.25 11.25 7M3 13.5h10",
  estimate: "M8 3.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10ZM8 6v2.75M6.5 1.75h3",
  filter: "M2.5 4.5h11M4.5 8h7M6.5 11.5h3",
  flag: "M4 14V2.5h8l-2 3 2 3H4",
  full: "M4 7.5h8v6H4zM5.5 7.5V5.25a2.5 2.5 0 0 1 5 0V7.5",
  hand_over: "M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 10.5h-10M6 8l-2.5 2.5L6 13",
  inbox: "M2.5 9 4.5 3.5h7l2 5.5v4h-11zM2.5 9H6c0 1.25.75 2 2 2s2-.75 2-2h3.5",
  keyboard: "M1.5 4.5h13v7h-13zM4 7h.01M6.5 7h.01M9 7h.01M11.75 7h.01M5 9.25h6",
  label: "M2.5 2.5H8L13.5 8 8 13.5 2.5 8zM5.25 5.25h.01",
  link: "M6.75 9.25a2.5 2.5 0 0 0 3.5 0l2.25-2.25a2.5 2.5 0 0 0-3.5-3.5l-.75.75M9.25 6.75a2.5 2.5 0 0 0-3.5 0L3.5 9a2.5 2.5 0 0 0 3.5 3.5l.75-.75",
  list: "M2.5 4h.01M2.5 8h.01M2.5 12h.01M5.5 4h8M5.5 8h8M5.5 12h8",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  move: "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6 2 8l2 2M12 6l2 2-2 2",
  pencil: "M3 13l.75-3L11 2.75 13.25 5 6 12.25z",
  people:
    "M1.75 13c0-2.25 1.5-3.5 4-3.5s4 1.25 4 3.5M5.75 7.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM10.5 3.75a2 2 0 0 1 0 3.5M11.5 9.75c1.75.25 2.75 1.4 2.75 3.25",
  person: "M3 13.5c0-2.75 2-4 5-4s5 1.25 5 4M8 7.5A2.5 2.5 0 1 0 8 2.5a2.5 2.5 0 0 0 0 5Z",
  plus: "M8 3v10M3 8h10",
  react: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.5 9.5c.5 1 1.4 1.5 2.5 1.5s2-.5 2.5-1.5M6 6.25h.01M10 6.25h.01",
  release: "M8 2.5v11M3.5 9 8 13.5 12.5 9",
  reopen: "M3 8a5 5 0 1 0 1.5-3.5L3 6M3 2.75V6h3.25",
  restore: "M3 8a5 5 0 1 0 1.5-3.5L3 6M3 2.75V6h3.25",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.25 10.25 13.75 13.75",
  seal: "M8 2a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM6.5 5.5l1 1L9.5 4.5M5.75 8.5 5 14l3-1.75L11 14l-.75-5.5",
  send_back: "M6 3.5 2.5 7 6 10.5M2.5 7h7c2.5 0 4 1.5 4 3.5v2",
  settings: "M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3v3M6 10v3",
  sign_off: "M8 2a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM6.5 5.5l1 1L9.5 4.5M5.75 8.5 5 14l3-1.75L11 14l-.75-5.5",
  start: "M5 3l7.5 5L5 13z",
  submit: "M8 13.5v-11M3.5 7 8 2.5 12.5 7",
  undo: "M5.5 3 2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6",
  upload: "M8 10.5V3M4.75 6 8 2.75 11.25 6M3 13.5h10",
} as const;

export type IconName = keyof typeof SHAPES;

/** A drawing without meaning of its own: the words stand beside it or in the button's label. */
export function Icon(props: { name: IconName; size?: number; class?: string }): JSX.Element {
  return (
    <svg
      class={props.class ? `icon ${props.class}` : "icon"}
      width={props.size ?? 16}
      height={props.size ?? 16}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[props.name]} />
    </svg>
  );
}

/** The product's sign: a hull at the waterline. */
export function Logo(props: { size?: number }): JSX.Element {
  return (
    <svg class="icon logo" width={props.size ?? 20} height={props.size ?? 20} viewBox="0 0 20 20" aria-hidden="true">
      <path d="M5.5 11a4.5 5 0 0 1 9 0z" fill="currentColor" />
      <path d="M1.5 13h17M6 16h8" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" fill="none" />
    </svg>
  );
}
