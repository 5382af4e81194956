//! The rows, commands and statuses that cross between the engine and the page.

/** A piece of a sentence. */
export type Span =
  | { text: string }
  | { strong: string }
  | { person: { actor: string; name: string } }
  | { time: number }
  | { date: string };
/** A sentence that the engine wrote; times and dates are put into words by the page. */
export type Phrase = Span[];

/** What stands between a thing and "landed". */
export type Marked = "saved" | "landing" | "in_doubt" | "rejected";
export type Stage = "ready" | "claimed" | "under_way" | "in_review" | "signed_off";
export type Priority = "low" | "normal" | "high" | "urgent";
export type Role = "owner" | "member" | "viewer";

export type Person = { actor: string; name: string; initials: string; you: boolean; crew: boolean };

export type CardReason =
  | { kind: "blocked"; why: string; until: string | null }
  | { kind: "waits_for_you" }
  | { kind: "handed_to_you"; by: Person }
  | { kind: "sent_back"; by: Person; why: string; at: number };

export type DueState = "overdue" | "today" | "later";
export type TaskCard = {
  id: string;
  number: string | null;
  title: string;
  stage: Stage;
  column: string;
  board: string;
  rank: string;
  mark: Marked | null;
  reason: CardReason | null;
  labels: string[];
  due: { date: string; state: DueState } | null;
  steps: { done: number; total: number } | null;
  comments: number;
  holder: Person | null;
  priority: Priority;
  signed: { by: Person; at: number } | null;
  discarded: boolean;
};

export type MemberRow = { person: Person; role: Role; removed: boolean };
export type BoardBrief = { id: string; name: string; key: string; open: number; discarded: boolean };
export type WorkspaceHead = {
  name: string;
  me: { person: Person; role: Role };
  members: MemberRow[];
  boards: BoardBrief[];
  my_work: number;
  tasks: number;
};

export type ColumnView = {
  id: string;
  name: string;
  name_mark: string;
  stage: Stage;
  limit: number | null;
  count: number;
  /** How many of them the filter shows. */
  shown: number;
  full: boolean;
  rank: string;
  limited_by: Person | null;
};
export type BoardHead = {
  id: string;
  name: string;
  key: string;
  name_mark: string;
  columns: ColumnView[];
  discarded_columns: ColumnView[];
  empty: boolean;
  discarded: boolean;
  labels: string[];
};
export type ColumnHead = { total: number };
export type ListGroup = { key: string; title: string; count: number; start: number; collapsed: boolean };
export type ListHead = { total: number; groups: ListGroup[] };

export type SignView = { by: Person; at: number; device: string; landed: boolean; mark: string };
export type StepView = {
  id: string;
  text: string;
  done: boolean;
  by: Person | null;
  at: number | null;
  pending: boolean;
  discarded: boolean;
  sign: SignView;
};
export type ReactionView = { emoji: string; count: number; mine: boolean };
export type CommentView = {
  id: string;
  by: Person;
  at: number;
  text: string;
  revised: boolean;
  pending: boolean;
  discarded: boolean;
  reactions: ReactionView[];
};
export type LinkKind = "blocks" | "relates" | "duplicates" | "reference";
export type LinkView = { id: string; kind: LinkKind; task: TaskCard | null; url: string | null; title: string | null };
export type HistoryLine = { at: number; person: Person; phrase: Phrase; pending: boolean; position: number | null };
export type TaskDetail = {
  card: TaskCard;
  board_name: string;
  sentence: Phrase;
  note: Phrase | null;
  title_sign: SignView;
  description: { text: string; sign: SignView; signed_off: "intact" | "broken" | null } | null;
  description_sign: SignView;
  estimate_minutes: number | null;
  estimate_sign: SignView;
  handed: { from: Person; note: string | null; at: number } | null;
  blocked: { why: string; until: string | null; by: Person; at: number } | null;
  steps: StepView[];
  comments: CommentView[];
  links: LinkView[];
  history: HistoryLine[];
  workers: Person[];
  neighbours: { previous: string | null; next: string | null };
};

export type Ask = "note" | "why" | "member" | "text" | "due" | "until" | "minutes" | "priority" | "labels" | "link";
export type Intent = {
  verb: string;
  label: string;
  hint: string | null;
  asks: Ask[];
  primary: boolean;
  synonyms: string[];
  not_now: Phrase | null;
};
export type IntentsHead = { now: Intent[]; later: Intent[] };

export type Filter = {
  text?: string | null;
  label?: string | null;
  holder?: string | null;
  due_before?: string | null;
  blocked?: boolean | null;
  priority?: Priority | null;
};
export type ListScope =
  | { board: { board: string } }
  | { my_work: Record<string, never> }
  | { everything: Record<string, never> }
  | { discarded: Record<string, never> };
export type Grouping = "state" | "needs" | "holder" | "none";
export type Query =
  | { workspace: Record<string, never> }
  | { board: { board: string; filter: Filter } }
  | { column: { column: string; from: number; count: number; filter: Filter } }
  | { list: { scope: ListScope; group: Grouping; filter: Filter; from: number; count: number; collapsed: string[] } }
  | { task: { task: string } }
  | { intents: { task: string } }
  | { search: { text: string; limit: number } };

export type To = { column: string; rank: string | null };
export type NewStep = { step: string; text: string; done: boolean };
export type NewColumn = { column: string; name: string; stage: Stage; limit: number | null };

type Empty = Record<string, never>;
type OnTask<Fields> = { task: string } & Fields;
/** An intent, as the engine takes it: one key, the kind, and its fields. */
export type Command =
  | { rename_workspace: { name: string } }
  | { rename_member: { name: string } }
  | { change_role: { member: string; role: Role } }
  | { remove_member: { member: string } }
  | { decide_rejection: { command: string; decision: "resubmitted" | "discarded" } }
  | { create_board: { board: string; name: string; key: string; columns: NewColumn[] } }
  | { rename_board: { board: string; name: string; based_on: string | null } }
  | { discard_board: { board: string } }
  | { restore_board: { board: string } }
  | {
      create_column: {
        board: string;
        column: string;
        name: string;
        stage: Stage;
        limit: number | null;
        rank: string | null;
      };
    }
  | { rename_column: { column: string; name: string; based_on: string | null } }
  | { limit_column: { column: string; limit: number | null } }
  | { move_column: { column: string; rank: string } }
  | { discard_column: { column: string } }
  | { restore_column: { column: string } }
  | {
      add_task: OnTask<{
        board: string;
        column: string | null;
        rank: string | null;
        title: string;
        description: string | null;
        steps: NewStep[];
        labels: string[];
        due: string | null;
        estimate_minutes: number | null;
        priority: Priority;
        source: string | null;
      }>;
    }
  | { reword: OnTask<{ title: string; based_on: string | null }> }
  | { describe: OnTask<{ text: string; based_on: string | null }> }
  | { estimate: OnTask<{ minutes: number | null; based_on: string | null }> }
  | { prioritise: OnTask<{ priority: Priority }> }
  | { reschedule: OnTask<{ due: string | null; why: "slipped" | "replanned"; note: string | null }> }
  | { label: OnTask<{ add: string[]; remove: string[] }> }
  | { claim: OnTask<{ to?: To | null }> }
  | { release: OnTask<Empty> | { task: string } }
  | { assign: OnTask<{ member: string; to?: To | null }> }
  | { hand_over: OnTask<{ member: string; note: string }> }
  | { accept_handover: { task: string } }
  | { decline_handover: OnTask<{ why: string }> }
  | { start: OnTask<{ to?: To | null }> }
  | { block: OnTask<{ why: string; until: string | null }> }
  | { unblock: { task: string } }
  | { submit_for_review: OnTask<{ note: string | null; to?: To | null }> }
  | { sign_off: OnTask<{ note: string | null; to?: To | null }> }
  | { send_back: OnTask<{ why: string; to?: To | null }> }
  | { finish: OnTask<{ note: string | null; to?: To | null }> }
  | { reopen: OnTask<{ why: string; to?: To | null }> }
  | { move_task: OnTask<{ column: string; rank: string }> }
  | { add_step: OnTask<{ step: string; text: string }> }
  | { reword_step: OnTask<{ step: string; text: string; based_on: string | null }> }
  | { tick_step: OnTask<{ step: string }> }
  | { untick_step: OnTask<{ step: string }> }
  | { discard_step: OnTask<{ step: string }> }
  | { restore_step: OnTask<{ step: string }> }
  | { comment: OnTask<{ comment: string; text: string }> }
  | { revise_comment: OnTask<{ comment: string; text: string }> }
  | { discard_comment: OnTask<{ comment: string }> }
  | { restore_comment: OnTask<{ comment: string }> }
  | { react: OnTask<{ comment: string; emoji: string; on: boolean }> }
  | { link: OnTask<{ link: string; to: { task: string } | { url: string; title: string }; kind: LinkKind }> }
  | { unlink: OnTask<{ link: string }> }
  | { discard_task: OnTask<{ why: string | null }> }
  | { restore_task: { task: string } };

export type Connection = "offline" | "connecting" | "online" | "forbidden" | "signed_out" | "update_needed";
export type Storage = {
  kind: "durable" | "memory" | "failing";
  persisted: boolean | null;
  usage: number | null;
  quota: number | null;
  problem: string | null;
};
export type Status = {
  connection: Connection;
  pending: number;
  landing: { done: number; total: number } | null;
  in_doubt: number;
  rejected: number;
  caught_up: boolean;
  synced: boolean;
  head: number;
  position: number;
  last_contact_ms: number | null;
  landed_ms: number | null;
  retry_ms: number | null;
  leader: boolean;
  storage: Storage;
  clock_skew_ms: number | null;
  tabs: number;
};
export type OutboxState = "saving" | "saved" | "sent" | "in_doubt" | "landed" | "withdrawn";
export type OutboxEntry = {
  id: string;
  phrase: Phrase;
  task: string | null;
  title: string | null;
  number: string | null;
  state: OutboxState;
  doubt: Phrase | null;
  issued: number;
  landed: number | null;
  can_take_back: boolean;
};
/** Why a command was refused, as the engine stores it; its words come beside it. */
export type Reason = unknown;
export type RejectionEntry = {
  id: string;
  phrase: Phrase;
  reason: Phrase;
  reason_raw: Reason;
  command: Command | null;
  task: string | null;
  number: string | null;
  title: string | null;
  at: number;
  issued: number;
  cause: { title: Phrase; key: string };
  meant: { label: string; meant: string; now: string; differs: boolean }[];
  meanwhile: { at: number; phrase: Phrase }[];
  cleared: boolean;
};
export type Notice = { at: number; person: Person; phrase: Phrase; task: string | null };
export type Told = { id: string } | { rejected: Reason; phrase?: Phrase };
export type Settled = { accepted: true } | { rejected: Reason; phrase?: Phrase };
export type RecordLine = { at: number; person: Person; phrase: Phrase; position: number };
export type ImportFormat = "csv" | "trello" | "github";
export type ImportProblem = { line: number; problem: string };
export type ImportPlan = { total: number; tasks: number; problems: ImportProblem[]; titles: string[] };
export type ImportProgress = { done: number; total: number; rejected: { line: number; reason: Phrase | string }[] };
