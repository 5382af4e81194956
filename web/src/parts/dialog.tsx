//! Dialogs: a box on wide, the same as a sheet on narrow that a swipe, Esc or the scrim closes.
import "./dialog.css";
// Namespaces, because the compound exports share one object: importing AlertDialog would turn every Dialog into one.
import * as KobalteAlert from "@kobalte/core/alert-dialog";
import * as Kobalte from "@kobalte/core/dialog";
import { type JSX, Show } from "solid-js";
import { Button, IconButton } from "./button";

type Props = {
  open: boolean;
  onClose: () => void;
  /** Its name; shown as a heading unless `untitled`. */
  title: string;
  untitled?: boolean;
  /** At the top (palettes) rather than in the middle. */
  high?: boolean;
  /** Width on wide, px. */
  width?: number;
  class?: string;
  /** Where focus goes when it closes; by default to what had it before. */
  onReturnFocus?: (event: Event) => void;
  children: JSX.Element;
};

const SWIPE_PX = 72;

/** Follows a finger on the sheet's grab and closes when it has come far enough. */
function swipe(onClose: () => void): (event: PointerEvent & { currentTarget: HTMLElement }) => void {
  return down => {
    const grab = down.currentTarget;
    const sheet = grab.closest<HTMLElement>(".dialog");
    if (!sheet) return;
    grab.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => {
      sheet.style.translate = `0 ${Math.max(0, event.clientY - down.clientY)}px`;
    };
    const up = (event: PointerEvent) => {
      grab.removeEventListener("pointermove", move);
      grab.removeEventListener("pointerup", up);
      grab.removeEventListener("pointercancel", up);
      if (event.type === "pointerup" && event.clientY - down.clientY > SWIPE_PX) onClose();
      else sheet.style.translate = "";
    };
    grab.addEventListener("pointermove", move);
    grab.addEventListener("pointerup", up);
    grab.addEventListener("pointercancel", up);
  };
}

/**
 * Where nothing had focus before, the view gets it: Chromium delivers no more keys to a page whose focused field is gone.
 * The dialog itself returns focus a moment after this event.
 */
function leaveNoFocusBehind(): void {
  setTimeout(() => {
    if (document.activeElement === document.body || document.activeElement === null) {
      document.getElementById("view")?.focus({ preventScroll: true });
    }
  }, 0);
}

/** A modal surface. Focus goes in, stays in, and returns to where it came from. */
export function Dialog(props: Props): JSX.Element {
  return (
    <Kobalte.Root open={props.open} onOpenChange={open => open || props.onClose()}>
      <Kobalte.Portal>
        <Kobalte.Overlay class="scrim" />
        <div class="dialog-place" data-high={props.high ? "" : undefined}>
          <Kobalte.Content
            class={`dialog ${props.class ?? ""}`}
            style={{ "--dialog-width": `${props.width ?? 480}px` }}
            onCloseAutoFocus={event => {
              props.onReturnFocus?.(event);
              leaveNoFocusBehind();
            }}
          >
            <div class="dialog-grab" onPointerDown={swipe(() => props.onClose())} aria-hidden="true" />
            <Show when={!props.untitled} fallback={<Kobalte.Title class="unseen">{props.title}</Kobalte.Title>}>
              <header class="dialog-head">
                <Kobalte.Title class="dialog-title">{props.title}</Kobalte.Title>
                <IconButton icon="close" label="Close" onClick={() => props.onClose()} />
              </header>
            </Show>
            {props.children}
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte.Root>
  );
}

/** The scrolling middle of a dialog. */
export function DialogBody(props: { children: JSX.Element }): JSX.Element {
  return <div class="dialog-body scroll">{props.children}</div>;
}

/** The buttons at its foot; the primary one first. */
export function DialogFoot(props: { children: JSX.Element }): JSX.Element {
  return <footer class="dialog-foot">{props.children}</footer>;
}

/** Asks before something is discarded. Nothing else asks. */
export function Confirm(props: {
  open: boolean;
  title: string;
  children: JSX.Element;
  confirm: string;
  onConfirm: () => void;
  onClose: () => void;
}): JSX.Element {
  return (
    <KobalteAlert.Root open={props.open} onOpenChange={open => open || props.onClose()}>
      <KobalteAlert.Portal>
        <KobalteAlert.Overlay class="scrim" />
        <div class="dialog-place">
          <KobalteAlert.Content
            class="dialog"
            style={{ "--dialog-width": "420px" }}
            onCloseAutoFocus={leaveNoFocusBehind}
          >
            <header class="dialog-head">
              <KobalteAlert.Title class="dialog-title">{props.title}</KobalteAlert.Title>
            </header>
            <KobalteAlert.Description as="div" class="dialog-body">
              {props.children}
            </KobalteAlert.Description>
            <DialogFoot>
              <Button
                kind="primary"
                onClick={() => {
                  props.onConfirm();
                  props.onClose();
                }}
              >
                {props.confirm}
              </Button>
              <Button kind="plain" onClick={() => props.onClose()}>
                Keep it
              </Button>
            </DialogFoot>
          </KobalteAlert.Content>
        </div>
      </KobalteAlert.Portal>
    </KobalteAlert.Root>
  );
}
