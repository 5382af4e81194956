//! States that are just so: signed out, nothing on this device yet.
import { type JSX, onCleanup, onMount } from "solid-js";
import { Button } from "../parts/button";
import { Frame } from "./frame";

const again = () => location.reload();

export function SignedOut(): JSX.Element {
  return (
    <Frame title="You are signed out">
      <p>
        Open your invitation link again, or ask an owner of the workspace for one. What you did on this device is kept,
        and lands when you are back in.
      </p>
      <div class="welcome-actions">
        <Button kind="primary" onClick={again}>
          Look again
        </Button>
      </div>
    </Frame>
  );
}

export function NothingHereYet(): JSX.Element {
  onMount(() => addEventListener("online", again));
  onCleanup(() => removeEventListener("online", again));
  return (
    <Frame title="Nothing is on this device yet">
      <p>
        The first time, Landfall needs a connection to fetch your workspace. After that it opens and works without one.
      </p>
      <p>The server cannot be reached at the moment. This page looks again as soon as there is a line.</p>
      <div class="welcome-actions">
        <Button kind="primary" onClick={again}>
          Look again
        </Button>
      </div>
    </Frame>
  );
}
