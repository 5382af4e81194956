//! Who works here, in which role; and the link that lets others in.
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { Confirm, DialogBody } from "../parts/dialog";
import { Avatar, nameOf } from "../parts/person";
import { PhraseText } from "../parts/phrase";
import { happenedInFull } from "../parts/when";
import { invite, NotAnswered } from "../server";
import { ChoiceField } from "../task/field-choice";
import type { Command, MemberRow, Phrase, Role } from "../types";
import { CopyField } from "./copy-field";
import { openDialog } from "./dialog-state";

const roleWords: Readonly<Record<Role, string>> = { owner: "Owner", member: "Member", viewer: "Viewer" };
const roles: readonly Role[] = ["owner", "member", "viewer"];

export function Members(): JSX.Element {
  const app = useApp();
  const [refusal, setRefusal] = createSignal<Phrase | null>(null);
  const [leaving, setLeaving] = createSignal<MemberRow | null>(null);
  const owner = () => app.head()?.me.role === "owner";
  const members = createMemo(() => (app.head()?.members ?? []).filter(member => !member.removed));
  const say = (command: Command) => {
    const told = app.submit(command, { quiet: true });
    setRefusal("rejected" in told ? (told.phrase ?? [{ text: "This cannot be done as things stand now." }]) : null);
  };
  return (
    <DialogBody>
      <ul class="members">
        <For each={members()}>
          {member => (
            <li class="member">
              <Avatar person={member.person} size={24} named />
              <span class="member-name">
                {member.person.name}
                <Show when={member.person.you}>
                  <span class="member-you"> you</span>
                </Show>
              </span>
              <Show when={member.person.you}>
                <Button kind="words" onClick={() => openDialog({ kind: "rename_me" })}>
                  Rename…
                </Button>
              </Show>
              <Show when={owner()} fallback={<span class="member-role">{roleWords[member.role]}</span>}>
                <select
                  class="field-control member-select"
                  aria-label={`Role of ${nameOf(member.person)}`}
                  onChange={event => {
                    say({ change_role: { member: member.person.actor, role: event.currentTarget.value as Role } });
                    // What was refused shows what is so, not what was chosen.
                    event.currentTarget.value = member.role;
                  }}
                >
                  <For each={roles}>
                    {role => (
                      <option value={role} selected={role === member.role}>
                        {roleWords[role]}
                      </option>
                    )}
                  </For>
                </select>
                <Button kind="plain" aria-label={`Remove ${member.person.name}`} onClick={() => setLeaving(member)}>
                  Remove…
                </Button>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={refusal()}>
        {phrase => (
          <p class="form-refusal" role="alert">
            <PhraseText phrase={phrase()} />
          </p>
        )}
      </Show>
      <Show
        when={owner()}
        fallback={<p class="field-hint">Owners invite others and set roles. Ask one of them to let someone in.</p>}
      >
        <InviteByLink />
      </Show>
      <Confirm
        open={leaving() !== null}
        title={`Remove ${leaving()?.person.name ?? ""}?`}
        confirm="Remove"
        onConfirm={() => {
          const member = leaving();
          if (member) say({ remove_member: { member: member.person.actor } });
        }}
        onClose={() => setLeaving(null)}
      >
        <p>
          The workspace leaves their devices; what they had not landed stays in their inbox. What they did stays in the
          history here. They can be invited again.
        </p>
      </Confirm>
    </DialogBody>
  );
}

/** Makes a link for one role; the only thing here that needs a connection. */
function InviteByLink(): JSX.Element {
  const app = useApp();
  const [role, setRole] = createSignal<Role>("member");
  const [link, setLink] = createSignal<{ link: string; expires: number; role: Role } | null>(null);
  const [problem, setProblem] = createSignal<string | null>(null);
  const [asking, setAsking] = createSignal(false);
  const online = () => app.status().connection === "online";
  const make = async () => {
    if (asking()) return;
    setAsking(true);
    setProblem(null);
    try {
      setLink({ ...(await invite(app.me.log, role())), role: role() });
    } catch (reason) {
      setProblem(reason instanceof NotAnswered ? reason.message : String(reason));
    } finally {
      setAsking(false);
    }
  };
  return (
    <section class="dialog-section" aria-labelledby="invite-title">
      <h3 class="dialog-part" id="invite-title">
        Invite
      </h3>
      <ChoiceField
        label="As"
        value={role()}
        choices={roles.toReversed().map(one => ({ value: one, words: roleWords[one] }))}
        hint={roleHints[role()]}
        onValue={value => {
          setRole(value as Role);
          setLink(null);
        }}
      />
      <Show
        when={link()}
        fallback={
          <div class="dialog-line">
            <Button icon="link" disabled={!online()} onClick={() => void make()}>
              {asking() ? "Asking the server…" : "Make a link"}
            </Button>
            <Show when={!online()}>
              <span class="field-hint">Needs a connection. Everything above works offline.</span>
            </Show>
          </div>
        }
      >
        {made => (
          <CopyField
            label={`Link for ${roleWords[made().role].toLowerCase()}s`}
            value={made().link}
            hint={`Whoever opens it chooses a name and is in. Good until ${happenedInFull(made().expires)}.`}
          />
        )}
      </Show>
      <Show when={problem()}>
        {words => (
          <p class="form-refusal" role="alert">
            {words()}
          </p>
        )}
      </Show>
    </section>
  );
}

const roleHints: Readonly<Record<Role, string>> = {
  owner: "Does all the work, invites others and sets roles.",
  member: "Does all the work.",
  viewer: "Looks at everything and changes nothing.",
};
