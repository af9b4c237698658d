// What an agent is doing, step by step: a plan with its tasks, or one task by itself, each with a sign for waiting,
// working, done and failed, and with details, outcome and sources below when one opens it.
import { useState } from "react";
import { Icon } from "../icons.jsx";
import { Link } from "../mentions.jsx";
import { PlainText } from "../mrkdwn.jsx";
import { RichText } from "../richtext.jsx";

const SIGNS = { complete: "check", error: "warnRound", pending: "ring" };
const WORDS = { pending: "waiting", in_progress: "in progress", complete: "done", error: "failed" };

export function Plan({ block }) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((t) => t.status === "complete").length;
  const isOver = done === tasks.length;
  const [isOpen, setOpen] = useState(null);
  const shown = isOpen ?? true;
  return (
    <section className="plan" data-testid="plan">
      <button type="button" className="plan-head" aria-expanded={shown} onClick={() => setOpen(!shown)}>
        {isOver ? <Icon name="check" size={16} /> : <span className="working" aria-hidden="true" />}
        <strong>
          <PlainText text={block.title ?? "Plan"} />
        </strong>
        <small>
          {done} of {tasks.length}
        </small>
        <span className={shown ? "twist open" : "twist"}>
          <Icon name="chevron" size={16} />
        </span>
      </button>
      {shown ? (
        <ol>
          {tasks.map((task, i) => (
            <li key={task.task_id ?? i}>
              <Task block={task} />
            </li>
          ))}
        </ol>
      ) : null}
    </section>
  );
}

export function TaskCard({ block }) {
  return (
    <div className="task-card">
      <Task block={block} />
    </div>
  );
}

function Task({ block }) {
  const status = block.status ?? "pending";
  const hasMore = Boolean(block.details || block.output || block.sources?.length);
  const [isOpen, setOpen] = useState(false);
  const Head = hasMore ? "button" : "div";
  return (
    <div className={`task task-${status}`} data-testid="task" data-status={status}>
      <Head
        className="task-head"
        {...(hasMore ? { type: "button", "aria-expanded": isOpen, onClick: () => setOpen(!isOpen) } : {})}
      >
        {status === "in_progress" ? (
          <span className="working" role="img" aria-label="in progress" />
        ) : (
          <span className="task-sign" role="img" aria-label={WORDS[status] ?? status}>
            <Icon name={SIGNS[status] ?? "ring"} size={16} />
          </span>
        )}
        <span className="task-title">
          <PlainText text={block.title ?? ""} />
        </span>
        {hasMore ? (
          <span className={isOpen ? "twist open" : "twist"}>
            <Icon name="chevron" size={16} />
          </span>
        ) : null}
      </Head>
      {isOpen ? (
        <div className="task-body">
          <Part content={block.details} />
          <Part content={block.output} />
          {block.sources?.length ? (
            <ul className="sources">
              {block.sources.map((source, i) => (
                <li key={i}>
                  <Link url={source.url}>{source.text || source.url}</Link>
                </li>
              ))}
            </ul>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

// A block gives rich text; a piece of a stream gives plain words.
function Part({ content }) {
  if (!content) return null;
  return typeof content === "string" ? <p>{content}</p> : <RichText block={content} />;
}
