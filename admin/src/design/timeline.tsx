import type { ReactNode } from "react";
import { useFormats } from "../i18n/hooks.ts";
import { Icon, type IconType } from "./button.tsx";

export interface TimelineEvent {
  id: string;
  /** An instant; the day's heading and the time come from it, in the garden's zone. */
  at: string;
  icon: IconType;
  /** `key` is filled: a purchase, a consent. `negative` is red: a complaint, a refund. */
  kind?: "plain" | "key" | "negative";
  text: ReactNode;
  meta?: ReactNode;
  /** A quiet stretch before this event, or several told as one: "11 days without a touchpoint". */
  gapBelow?: ReactNode;
}

/** What happened, newest first, under the heading of each day. */
export function Timeline({ events, label }: { events: TimelineEvent[]; label: string }) {
  const f = useFormats();
  const days: { day: string; events: TimelineEvent[] }[] = [];
  for (const event of events) {
    const day = f.day(event.at);
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return (
    <section className="tl" aria-label={label}>
      {days.map(({ day, events: ofDay }) => (
        <div key={day}>
          <h3 className="day">{day}</h3>
          <ul>
            {ofDay.map((event) => (
              <li key={event.id}>
                <div
                  className={`ev ${event.kind === "key" ? "key" : event.kind === "negative" ? "neg" : ""}`.trim()}
                >
                  <span className="d">
                    <Icon of={event.icon} />
                  </span>
                  <div>
                    {event.text}
                    {event.meta ? (
                      <>
                        <br />
                        <span className="meta">{event.meta}</span>
                      </>
                    ) : null}
                  </div>
                  <time dateTime={event.at}>{f.time(event.at)}</time>
                </div>
                {event.gapBelow ? <div className="quiet">{event.gapBelow}</div> : null}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

export interface FeedItem {
  id: string;
  icon: IconType;
  text: ReactNode;
  at: string;
}

/** A short list of what happens just now, newest first. */
export function Feed({ items, label }: { items: FeedItem[]; label: string }) {
  const f = useFormats();
  return (
    <ul className="feed" aria-label={label}>
      {items.map((item) => (
        <li key={item.id}>
          <Icon of={item.icon} />
          <span>{item.text}</span>
          <time dateTime={item.at}>{f.ago(item.at)}</time>
        </li>
      ))}
    </ul>
  );
}

/** Something that needs a person: what, why, and the way to do it. */
export function Alert({
  tone,
  icon,
  title,
  children,
  action,
}: {
  tone: "bad" | "warn";
  icon: IconType;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="alert">
      <span className={tone}>
        <Icon of={icon} />
      </span>
      <div>
        <b>{title}</b>
        {children ? (
          <>
            <br />
            <span className="soft">{children}</span>
          </>
        ) : null}
      </div>
      {action ? <div className="row">{action}</div> : null}
    </div>
  );
}
