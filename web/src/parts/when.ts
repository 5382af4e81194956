//! Times and dates in words: the local clock, the shortest form that cannot be misread.
import { createSignal } from "solid-js";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const DAY_MS = 86_400_000;

const pad = (number: number) => String(number).padStart(2, "0");
const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** A local date as the engine writes it: 2026-11-21. */
export const dayOf = (date: Date): string => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;

const [now, setNow] = createSignal(Date.now());

/** The time, to the half minute; whoever reads it is drawn again as it passes. */
export { now };

setInterval(() => setNow(Date.now()), 30_000);
document.addEventListener("visibilitychange", () => document.hidden || setNow(Date.now()));

/** The local date, reactive. */
export const today = (): string => dayOf(new Date(now()));

/** 09:14 */
export const clock = (ms: number): string => {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
};

/** Whole days from today to that time, by the calendar. */
const daysAway = (date: Date): number => Math.round((midnight(date) - midnight(new Date(now()))) / DAY_MS);

/** Wed 18 Nov, with the year when it is not this one. */
const calendar = (date: Date): string => {
  const year = date.getFullYear() === new Date(now()).getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${WEEKDAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]}${year}`;
};

/** When it happened: 09:14 today, Fri 16:55 within six days, then Wed 11 Nov. */
export const happened = (ms: number): string => {
  const date = new Date(ms);
  const days = daysAway(date);
  if (days === 0) return clock(ms);
  if (days < 0 && days > -7) return `${WEEKDAYS[date.getDay()]} ${clock(ms)}`;
  return calendar(date);
};

/** When it happened, in full: Wed 18 Nov at 14:20. */
export const happenedInFull = (ms: number): string => `${calendar(new Date(ms))} at ${clock(ms)}`;

/** How long ago: just now, 5 min ago, then as `happened`. */
export const ago = (ms: number): string => {
  const minutes = Math.floor((now() - ms) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes} min ago` : happened(ms);
};

/** A local date, perhaps with a time of day, as a Date. */
export const localDate = (date: string): Date => {
  const [day = "", time = ""] = date.split("T");
  const [year = 1970, month = 1, dayOfMonth = 1] = day.split("-").map(Number);
  const [hours = 0, minutes = 0] = time ? time.split(":").map(Number) : [];
  return new Date(year, month - 1, dayOfMonth, hours, minutes);
};

/** A due date in words: Today 16:00, Yesterday, Tomorrow, Tue 24 Nov. */
export const due = (date: string): string => {
  const local = localDate(date);
  const time = date.includes("T") ? ` ${clock(local.getTime())}` : "";
  const days = daysAway(local);
  if (days === 0) return `Today${time}`;
  if (days === 1) return `Tomorrow${time}`;
  if (days === -1) return `Yesterday${time}`;
  return calendar(local) + time;
};

/** Until when, on a tight line: Mon 07:00 within six days, then Tue 1 Dec. */
export const until = (date: string): string => {
  const local = localDate(date);
  const days = daysAway(local);
  if (days < 2 || days > 6) return due(date);
  return date.includes("T") ? `${WEEKDAYS[local.getDay()]} ${clock(local.getTime())}` : calendar(local);
};

/** The same inside a sentence: today 16:00. */
export const dueInSentence = (date: string): string => {
  const words = due(date);
  return /^(Today|Tomorrow|Yesterday)/.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words;
};
