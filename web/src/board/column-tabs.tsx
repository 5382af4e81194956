//! Names of the columns on narrow pages: they follow the scrolling, and take one there.
import "./column-tabs.css";
import { createEffect, createSignal, For, type JSX, on, onCleanup, onMount } from "solid-js";
import { IconButton } from "../parts/button";
import type { ColumnView } from "../types";
import { Count } from "./column-header";

export function ColumnTabs(props: {
  columns: ColumnView[];
  scroller: () => HTMLElement;
  onList: () => void;
}): JSX.Element {
  const [current, setCurrent] = createSignal(0);
  let strip!: HTMLElement;

  const columnElements = () => [...props.scroller().querySelectorAll<HTMLElement>(":scope > .column")];
  const follow = () => {
    const left = props.scroller().getBoundingClientRect().left;
    const elements = columnElements();
    let nearest = 0;
    let distance = Number.POSITIVE_INFINITY;
    elements.forEach((element, index) => {
      const away = Math.abs(element.getBoundingClientRect().left - left - 16);
      if (away < distance) {
        distance = away;
        nearest = index;
      }
    });
    setCurrent(nearest);
  };
  onMount(() => {
    const scroller = props.scroller();
    scroller.addEventListener("scroll", follow, { passive: true });
    onCleanup(() => scroller.removeEventListener("scroll", follow));
  });
  createEffect(
    on(current, index => {
      const tab = strip.children[index] as HTMLElement | undefined;
      if (tab) strip.scrollTo({ left: tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2, behavior: "smooth" });
    }),
  );

  return (
    <div class="column-bar">
      <nav ref={strip} class="column-tabs" aria-label="Columns">
        <For each={props.columns}>
          {(column, index) => (
            <button
              type="button"
              class="column-tab"
              aria-current={current() === index() ? "true" : undefined}
              onClick={() => {
                const element = columnElements()[index()];
                const scroller = props.scroller();
                if (element) scroller.scrollTo({ left: element.offsetLeft - 16, behavior: "smooth" });
              }}
            >
              {column.name} <Count column={column} short />
            </button>
          )}
        </For>
      </nav>
      <IconButton icon="list" label="Show as list" onClick={() => props.onList()} />
    </div>
  );
}
