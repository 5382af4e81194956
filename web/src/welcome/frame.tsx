//! The page around a state in which there is no workspace to show.
import "./welcome.css";
import type { JSX } from "solid-js";
import { Logo } from "../parts/icon";

/** Full page, left-aligned, with the product's name above. */
export function Frame(props: { title: string; children: JSX.Element }): JSX.Element {
  return (
    <main class="welcome">
      <p class="welcome-name">
        <Logo size={24} /> Landfall
      </p>
      <section class="welcome-body">
        <h1>{props.title}</h1>
        {props.children}
      </section>
    </main>
  );
}

/** The same inside the frame of a workspace, in the place of the view. */
export function InPlace(props: { title: string; children: JSX.Element }): JSX.Element {
  return (
    <div class="in-place scroll">
      <section class="welcome-body">
        <h1>{props.title}</h1>
        {props.children}
      </section>
    </div>
  );
}
