// A message, modal or Home tab made of blocks, drawn as Slack draws it.
import { useRef, useState } from "react";
import { Chart } from "./charts/chart.jsx";
import { Control } from "./controls.jsx";
import { Icon } from "./icons.jsx";
import { InputBlock } from "./inputblock.jsx";
import { Mishap } from "./mishap.jsx";
import { Mrkdwn, PlainText } from "./mrkdwn.jsx";
import { Picture, ImageBlock } from "./pictures.jsx";
import { Markdown } from "./rich/markdown.jsx";
import { Plan, TaskCard } from "./rich/tasks.jsx";
import { Video } from "./rich/video.jsx";
import { RichText } from "./richtext.jsx";
import { Table } from "./table.jsx";

export function Blocks({ blocks }) {
  return (
    <div className="blocks">
      {blocks.map((block, i) => (
        <Mishap key={block.block_id ?? i} of={block}>
          <Block block={block} />
        </Mishap>
      ))}
    </div>
  );
}

export function Words({ text }) {
  if (!text) return null;
  if (typeof text === "string") return <PlainText text={text} />;
  return text.type === "mrkdwn" ? <Mrkdwn text={text.text} /> : <PlainText text={text.text} emoji={text.emoji} />;
}

function Block({ block }) {
  const Draw = DRAW[block.type] ?? Unknown;
  return (
    <div className={`block block-${block.type}`} data-block-id={block.block_id}>
      <Draw block={block} />
    </div>
  );
}

function Section({ block }) {
  const { accessory } = block;
  return (
    <>
      <div className="section-words">
        {block.text ? (
          <div className="words">
            <Words text={block.text} />
          </div>
        ) : null}
        {block.fields ? (
          <div className="fields">
            {block.fields.map((field, i) => (
              <div key={i} className="words">
                <Words text={field} />
              </div>
            ))}
          </div>
        ) : null}
      </div>
      {!accessory ? null : accessory.type === "image" ? (
        <Picture className="accessory-image" element={accessory} />
      ) : (
        <div className={`accessory accessory-${accessory.type}`}>
          <Control element={accessory} block={block} />
        </div>
      )}
    </>
  );
}

function Header({ block }) {
  const Tag = `h${block.level ?? 3}`;
  return (
    <Tag className="header-words">
      <Words text={block.text} />
    </Tag>
  );
}

const Context = ({ block }) =>
  block.elements.map((element, i) =>
    element.type === "image" ? (
      <Picture key={i} className="context-image" element={element} />
    ) : (
      <span key={i} className="context-words">
        <Words text={element} />
      </span>
    ),
  );

const Actions = ({ block }) =>
  block.elements.map((element, i) => (
    <Control key={element.action_id ?? i} element={element} block={block} />
  ));

const LEVEL_ICON = { info: "info", success: "check", warning: "warn", error: "warn", default: "info" };

function Alert({ block }) {
  const level = block.level ?? "default";
  return (
    <div role="status" className={`alert alert-${level}`}>
      <Icon name={LEVEL_ICON[level] ?? "info"} size={18} />
      <div className="words">
        <Words text={block.text} />
      </div>
    </div>
  );
}

function Card({ block }) {
  return (
    <div className="card">
      {block.hero_image ? <Picture className="card-hero" element={block.hero_image} /> : null}
      <div className="card-head">
        {block.icon ? <Picture className="card-icon" element={block.icon} /> : null}
        <div>
          {block.title ? (
            <div className="card-title">
              <Words text={block.title} />
            </div>
          ) : null}
          {block.subtitle ? (
            <div className="card-subtitle">
              <Words text={block.subtitle} />
            </div>
          ) : null}
        </div>
      </div>
      {block.body ? (
        <div className="words">
          <Words text={block.body} />
        </div>
      ) : null}
      {block.subtext ? (
        <div className="card-subtitle">
          <Words text={block.subtext} />
        </div>
      ) : null}
      {block.actions?.length ? (
        <div className="card-actions">
          {block.actions.map((element, i) => (
            <Control key={element.action_id ?? i} element={element} block={block} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

// Cards side by side, moved by the arrows at the edges, by scrolling or by swiping.
function Carousel({ block }) {
  const row = useRef(null);
  const step = (by) => row.current.scrollBy({ left: by * row.current.clientWidth * 0.8, behavior: "smooth" });
  return (
    <div className="carousel-box">
      <div ref={row} className="carousel" tabIndex={0} role="group" aria-label="Cards">
        {block.elements.map((card, i) => (
          <Card key={card.block_id ?? i} block={{ block_id: block.block_id, ...card }} />
        ))}
      </div>
      {block.elements.length > 1 ? (
        <div className="carousel-steps">
          <button type="button" className="round-button" aria-label="Previous card" onClick={() => step(-1)}>
            <Icon name="back" size={18} />
          </button>
          <button type="button" className="round-button" aria-label="Next card" onClick={() => step(1)}>
            <Icon name="next" size={18} />
          </button>
        </div>
      ) : null}
    </div>
  );
}

function Container({ block }) {
  const [isOpen, setOpen] = useState(!block.default_collapsed);
  const children = block.child_blocks ?? block.blocks ?? [];
  return (
    <section className={`container container-${block.width ?? "standard"}`}>
      <header>
        {block.icon ? <Picture className="context-image" element={block.icon} /> : null}
        <div className="container-title">
          {block.rich_text_title ? <RichText block={block.rich_text_title} /> : <Words text={block.title} />}
          {block.subtitle ? (
            <small>
              <Words text={block.subtitle} />
            </small>
          ) : null}
        </div>
        {block.is_collapsible ? (
          <button
            type="button"
            className={isOpen ? "tiny-button open" : "tiny-button"}
            aria-label={isOpen ? "Collapse" : "Expand"}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="chevron" size={18} />
          </button>
        ) : null}
      </header>
      {isOpen && block.has_header_divider ? <hr /> : null}
      {isOpen ? <Blocks blocks={children} /> : null}
    </section>
  );
}

const RemoteFile = ({ block }) => <span className="unknown">Remote file {block.external_id}</span>;

const Unknown = ({ block }) => <span className="unknown">This page cannot draw a “{block.type}” block.</span>;

const DRAW = {
  section: Section,
  header: Header,
  context: Context,
  actions: Actions,
  context_actions: Actions,
  divider: () => <hr />,
  image: ImageBlock,
  rich_text: RichText,
  input: InputBlock,
  table: Table,
  data_table: Table,
  alert: Alert,
  card: Card,
  carousel: Carousel,
  container: Container,
  markdown: ({ block }) => <Markdown text={block.text} />,
  data_visualization: Chart,
  plan: Plan,
  task_card: TaskCard,
  video: Video,
  file: RemoteFile,
};
