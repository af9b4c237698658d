BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alert (
	id INTEGER NOT NULL, 
	account_id VARCHAR NOT NULL, 
	signal VARCHAR NOT NULL, 
	window VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	evidence TEXT NOT NULL, 
	act_by DATETIME NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_alert PRIMARY KEY (id), 
	CONSTRAINT uq_alert_account_id_signal_window UNIQUE (account_id, signal, window)
);
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('4341049a-eeb5-4aa3-a7c8-e2990a612802','stable',1795391874000,1795391874000,'signalbox');
CREATE TABLE beat (
	executor VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_beat PRIMARY KEY (executor)
);
CREATE TABLE correction (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	field VARCHAR NOT NULL, 
	was TEXT NOT NULL, 
	should_be TEXT NOT NULL, 
	"by" VARCHAR NOT NULL, 
	why TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_correction PRIMARY KEY (id), 
	CONSTRAINT fk_correction_ticket_id FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE decision (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	request_id INTEGER, 
	ticket_id INTEGER, 
	inputs_digest VARCHAR NOT NULL, 
	answer JSON NOT NULL, 
	because TEXT NOT NULL, 
	engine VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	prompt VARCHAR NOT NULL, 
	tokens_in INTEGER NOT NULL, 
	tokens_out INTEGER NOT NULL, 
	dollars FLOAT NOT NULL, 
	milliseconds FLOAT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_decision PRIMARY KEY (id), 
	CONSTRAINT fk_decision_request_id FOREIGN KEY(request_id) REFERENCES request (id), 
	CONSTRAINT fk_decision_ticket_id FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "decision" VALUES(1,'triage',1,1,'79ba51e8d26e81b0','{"category": "billing-invoice", "runner_up": "data-export", "priority": "P3", "sentiment": "neutral", "confidence": 0.999, "queue": "billing", "held": false, "rules": []}','Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way.','local','minilm','',0,0,0.0,1.13799430000653956085e+01,'2026-11-24 09:00:00.000000');
INSERT INTO "decision" VALUES(2,'triage',2,2,'57c635038458489b','{"category": "billing-invoice", "runner_up": "data-export", "priority": "P3", "sentiment": "neutral", "confidence": 0.999, "queue": "billing", "held": false, "rules": []}','Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way.','local','minilm','',0,0,0.0,3.61834180002915672957e+01,'2026-11-24 09:00:00.000000');
INSERT INTO "decision" VALUES(3,'triage',4,3,'eaae014444c0eb22','{"category": "billing-invoice", "runner_up": "data-export", "priority": "P3", "sentiment": "neutral", "confidence": 0.9989, "queue": "billing", "held": false, "rules": []}','Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way.','local','minilm','',0,0,0.0,2.0901665000565117225e+01,'2026-11-24 09:00:00.000000');
INSERT INTO "decision" VALUES(4,'reply',1,1,'b198a3fc159802ca','{"text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.", "citations": [{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]}','Taken word for word from “Find and download your invoices”.','local','minilm-int8','',0,0,0.0,1.31906868002261035144e+02,'2026-11-24 09:00:00.000000');
INSERT INTO "decision" VALUES(5,'reply',4,3,'e2d918c56bf51954','{"text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.", "citations": [{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]}','Taken word for word from “Find and download your invoices”.','local','minilm-int8','',0,0,0.0,2.04968699836172163486e+00,'2026-11-24 09:00:00.000000');
INSERT INTO "decision" VALUES(6,'reply',2,2,'60a8b60e5a75f36b','{"text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.", "citations": [{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]}','Taken word for word from “Find and download your invoices”.','local','minilm-int8','',0,0,0.0,3.07781999799772165715e+00,'2026-11-24 09:00:00.000000');
CREATE TABLE done (
	"key" VARCHAR NOT NULL, 
	result JSON, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_done PRIMARY KEY ("key")
);
INSERT INTO "done" VALUES('click:UQRLHSAMQL4:1795510800.002700:approve_draft:approve',1,'2026-11-24 09:00:00.000000');
CREATE TABLE draft (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	citations JSON NOT NULL, 
	status TEXT NOT NULL, 
	based_on_ts VARCHAR NOT NULL, 
	engine VARCHAR NOT NULL, 
	because TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	decided_by VARCHAR NOT NULL, 
	decided_at DATETIME, 
	reason TEXT NOT NULL, 
	original TEXT NOT NULL, 
	sent_ts VARCHAR NOT NULL, 
	CONSTRAINT pk_draft PRIMARY KEY (id), 
	CONSTRAINT fk_draft_ticket_id FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "draft" VALUES(1,1,'Hi Greta,

Every charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.

1. Sign in as owner or manager.
2. Open Settings > Billing > Invoices.
3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.','[{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]','sent','1795510800.000800','local','Taken word for word from “Find and download your invoices”.','2026-11-24 09:00:00.000000','UQRLHSAMQL4','2026-11-24 09:00:00.000000','','','1795510800.003000');
INSERT INTO "draft" VALUES(2,3,'Hi Greta,

Every charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.

1. Sign in as owner or manager.
2. Open Settings > Billing > Invoices.
3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.','[{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]','proposed','1795510800.001000','local','Taken word for word from “Find and download your invoices”.','2026-11-24 09:00:00.000000','',NULL,'','','');
INSERT INTO "draft" VALUES(3,2,'Hi Greta,

Every charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.

1. Sign in as owner or manager.
2. Open Settings > Billing > Invoices.
3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF.','[{"article": "invoices-find-and-download", "title": "Find and download your invoices", "url": "https://help.example.com/articles/invoices-find-and-download", "quote": "Every charge has an invoice as a PDF."}]','proposed','1795510800.000900','local','Taken word for word from “Find and download your invoices”.','2026-11-24 09:00:00.000000','',NULL,'','','');
CREATE TABLE feedback (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	person VARCHAR NOT NULL, 
	good BOOLEAN NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY (id), 
	CONSTRAINT fk_feedback_ticket_id FOREIGN KEY(ticket_id) REFERENCES ticket (id), 
	CONSTRAINT uq_feedback_ticket_id_person UNIQUE (ticket_id, person)
);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('event:EvTVWVAT274E',1,'open','gARLAS4=',NULL,NULL,1795391874528,1795391874637,'py_pickle','signalbox',1795391874000);
INSERT INTO "operation_outputs" VALUES('event:EvVJAHMMSFFK',1,'open','gARLAy4=',NULL,NULL,1795391874633,1795391874666,'py_pickle','signalbox',1795391874000);
INSERT INTO "operation_outputs" VALUES('event:EvT6ZYRDXQ5C',1,'open','gARLBC4=',NULL,NULL,1795391874548,1795391874678,'py_pickle','signalbox',1795391874000);
INSERT INTO "operation_outputs" VALUES('event:EvDCYTKC3ZVC',1,'open','gARLAi4=',NULL,NULL,1795391874545,1795391874664,'py_pickle','signalbox',1795391874000);
INSERT INTO "operation_outputs" VALUES('event:EvVJAHMMSFFK',2,'draft','gASILg==',NULL,NULL,1795391875759,1795391875794,'py_pickle','signalbox',1795391875000);
INSERT INTO "operation_outputs" VALUES('event:EvDCYTKC3ZVC',2,'draft','gASILg==',NULL,NULL,1795391875738,1795391875807,'py_pickle','signalbox',1795391875000);
INSERT INTO "operation_outputs" VALUES('event:EvTVWVAT274E',2,'draft','gASILg==',NULL,NULL,1795391875602,1795391875790,'py_pickle','signalbox',1795391875000);
INSERT INTO "operation_outputs" VALUES('click:UQRLHSAMQL4:1795510800.002700:approve_draft',1,'send','gASVFQAAAAAAAACMETE3OTU1MTA4MDAuMDAzMDAwlC4=',NULL,NULL,1795391875872,1795391875886,'py_pickle','signalbox',1795391875000);
INSERT INTO "operation_outputs" VALUES('click:UQRLHSAMQL4:1795510800.002700:approve_draft',2,'sent','gARLAS4=',NULL,NULL,1795391875888,1795391875895,'py_pickle','signalbox',1795391875000);
CREATE TABLE post (
	"key" VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	thread_ts VARCHAR NOT NULL, 
	ts VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	claimed_by VARCHAR NOT NULL, 
	claimed_until DATETIME NOT NULL, 
	CONSTRAINT pk_post PRIMARY KEY ("key")
);
INSERT INTO "post" VALUES('card:2:0','CQWHUFZILGC','','1795510800.001500','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
INSERT INTO "post" VALUES('card:1:0','CQWHUFZILGC','','1795510800.001600','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
INSERT INTO "post" VALUES('card:3:0','CQWHUFZILGC','','1795510800.001700','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
INSERT INTO "post" VALUES('line:1','CY6DRHM5FMA','1795510800.000800','1795510800.001800','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
INSERT INTO "post" VALUES('line:2','CY6DRHM5FMA','1795510800.000900','1795510800.001900','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
INSERT INTO "post" VALUES('line:3','CY6DRHM5FMA','1795510800.001000','1795510800.002000','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
INSERT INTO "post" VALUES('reply:1','CY6DRHM5FMA','1795510800.000800','1795510800.003000','2026-11-24 09:00:00.000000','local','2026-11-24 09:00:12.000000');
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
CREATE TABLE receipt (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	thread VARCHAR NOT NULL, 
	body JSON NOT NULL, 
	received_at DATETIME NOT NULL, 
	done_at DATETIME, 
	failed VARCHAR NOT NULL, 
	CONSTRAINT pk_receipt PRIMARY KEY (id), 
	CONSTRAINT uq_receipt_key UNIQUE ("key")
);
INSERT INTO "receipt" VALUES(1,'event:EvTVWVAT274E','message','CY6DRHM5FMA:1795510800.000800','{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "USB2JMVQNYL", "type": "message", "ts": "1795510800.000800", "client_msg_id": "150e9ed2-1bbb-54a7-9ec5-0ed06d264887", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (0)", "blocks": [{"type": "rich_text", "block_id": "aafe2", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (0)"}]}]}], "team": "T0FERNHAUL", "channel": "CY6DRHM5FMA", "event_ts": "1795510800.000800", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvTVWVAT274E", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": true, "event_context": "4-EvTVWVAT274E"}','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000','');
INSERT INTO "receipt" VALUES(2,'event:EvDCYTKC3ZVC','message','CY6DRHM5FMA:1795510800.000900','{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "USB2JMVQNYL", "type": "message", "ts": "1795510800.000900", "client_msg_id": "76b8938f-5b19-54df-ab7d-cc837b43609b", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (1)", "blocks": [{"type": "rich_text", "block_id": "de23d", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (1)"}]}]}], "team": "T0FERNHAUL", "channel": "CY6DRHM5FMA", "event_ts": "1795510800.000900", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvDCYTKC3ZVC", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": true, "event_context": "4-EvDCYTKC3ZVC"}','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000','');
INSERT INTO "receipt" VALUES(3,'event:EvT6ZYRDXQ5C','message','CUF6TDRG7B4:1795510800.001100','{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "U4JJEKNB6TJ", "type": "message", "ts": "1795510800.001100", "client_msg_id": "af104249-6c23-54f4-8478-7333d923b2d0", "text": "My laptop does not start any more", "blocks": [{"type": "rich_text", "block_id": "05d41", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "My laptop does not start any more"}]}]}], "team": "T0FERNHAUL", "channel": "CUF6TDRG7B4", "event_ts": "1795510800.001100", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvT6ZYRDXQ5C", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": false, "event_context": "4-EvT6ZYRDXQ5C"}','2026-11-24 09:00:00.000000',NULL,'');
INSERT INTO "receipt" VALUES(4,'event:EvVJAHMMSFFK','message','CY6DRHM5FMA:1795510800.001000','{"token": "twin-verification-token", "team_id": "T0FERNHAUL", "context_team_id": "T0FERNHAUL", "context_enterprise_id": null, "api_app_id": "A0SIGNALBX", "event": {"user": "USB2JMVQNYL", "type": "message", "ts": "1795510800.001000", "client_msg_id": "2fc46859-f144-5bf9-baca-1e4df560232b", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (2)", "blocks": [{"type": "rich_text", "block_id": "e6ef0", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (2)"}]}]}], "team": "T0FERNHAUL", "channel": "CY6DRHM5FMA", "event_ts": "1795510800.001000", "channel_type": "channel"}, "type": "event_callback", "event_id": "EvVJAHMMSFFK", "event_time": 1795510800, "authorizations": [{"enterprise_id": null, "team_id": "T0FERNHAUL", "user_id": "UAQOEFOIDBG", "is_bot": true, "is_enterprise_install": false}], "is_ext_shared_channel": true, "event_context": "4-EvVJAHMMSFFK"}','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000','');
INSERT INTO "receipt" VALUES(5,'click:UQRLHSAMQL4:1795510800.002700:approve_draft','block_actions','CQWHUFZILGC:1795510800.001600','{"type": "block_actions", "user": {"id": "UQRLHSAMQL4", "username": "marek", "name": "marek", "team_id": "T0FERNHAUL"}, "api_app_id": "A0SIGNALBX", "token": "twin-verification-token", "container": {"type": "message", "message_ts": "1795510800.001600", "channel_id": "CQWHUFZILGC", "is_ephemeral": false}, "trigger_id": "1000000002.1795510803.f3dff8b23b09d39b18b34a9c87346cda", "team": {"id": "T0FERNHAUL", "domain": "fernhaul"}, "enterprise": null, "is_enterprise_install": false, "channel": {"id": "CQWHUFZILGC", "name": "team-billing"}, "message": {"user": "UAQOEFOIDBG", "type": "message", "bot_id": "BFHIY77YT6S", "app_id": "A0SIGNALBX", "team": "T0FERNHAUL", "bot_profile": {"id": "BFHIY77YT6S", "deleted": false, "name": "Signalbox", "updated": 1795510800, "app_id": "A0SIGNALBX", "icons": {"image_36": "https://avatars.example.com/BFHIY77YT6S_36.png", "image_48": "https://avatars.example.com/BFHIY77YT6S_48.png", "image_72": "https://avatars.example.com/BFHIY77YT6S_72.png"}, "team_id": "T0FERNHAUL"}, "ts": "1795510800.001600", "text": "T-1 \u00b7 Invoice question \u00b7 P3 \u00b7 hey! where can i find the invoice from september? my accountant wants the pdf (0)", "blocks": [{"type": "header", "block_id": "80998", "text": {"type": "plain_text", "text": "T-1 \u00b7 Invoice question", "emoji": false}}, {"type": "context", "block_id": "faaa7", "elements": [{"type": "mrkdwn", "text": ":large_yellow_circle: *P3* \u00b7 *Billing* \u00b7 owner <@UQRLHSAMQL4> \u00b7 reply *<!date^1795527000^by {date_short_pretty} at {time}|by 24 Nov 2026 at 13:30 UTC>*", "verbatim": false}]}, {"type": "section", "block_id": "a7aef", "text": {"type": "mrkdwn", "text": "*Greta Lindqvist* (Halden Outfitters \u00b7 enterprise) in <https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800000800|#customer-support>", "verbatim": false}}, {"type": "rich_text", "block_id": "c8d66", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "hey! where can i find the invoice from september? my accountant wants the pdf (0)"}]}]}, {"type": "section", "block_id": "5a3b2", "text": {"type": "mrkdwn", "text": "*Plan* enterprise, retail \u00b7 *Revenue* 5,200 USD a month \u00b7 *Renewal* 29 Apr 2027 (156 days away) \u00b7 *Account owner* Rafael Torres\n*Billing* nothing open or failed; last invoice 5,233.39 USD, paid\n*Usage* shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)\n*Open deals* Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)\n*Active incident* Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "verbatim": false}}, {"type": "context", "block_id": "4a9a1", "elements": [{"type": "mrkdwn", "text": "From accounts, invoices, usage, deals, incidents", "verbatim": false}]}, {"type": "context", "block_id": "88f8a", "elements": [{"type": "mrkdwn", "text": "*Why* Reads like earlier messages under Invoice question (\u201cHi, where do I find the PDF of our October invoice? Our\u2026\u201d); \u201cinvoice\u201d and \u201cpdf\u201d point the same way. Invoice question goes to Billing. _99% sure, says the local model._", "verbatim": false}]}, {"type": "divider", "block_id": "2a268"}, {"type": "section", "block_id": "39dd5", "text": {"type": "mrkdwn", "text": "*Draft reply*", "verbatim": false}}, {"type": "rich_text", "block_id": "95029", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "Hi Greta,\n\nEvery charge has an invoice as a PDF. Invoices are kept for ten years, also after a plan has ended.\n\n1. Sign in as owner or manager.\n2. Open Settings > Billing > Invoices.\n3. Choose the year, then select the download sign next to the invoice. To get several at once, tick them and select Download as one PDF."}]}]}, {"type": "context", "block_id": "66aa1", "elements": [{"type": "mrkdwn", "text": "Sources: <https://help.example.com/articles/invoices-find-and-download|Find and download your invoices>", "verbatim": false}]}, {"type": "actions", "block_id": "draft", "elements": [{"type": "button", "action_id": "approve_draft", "text": {"type": "plain_text", "text": "Approve & send", "emoji": true}, "value": "1", "style": "primary"}, {"type": "button", "action_id": "edit_draft", "text": {"type": "plain_text", "text": "Edit", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "reject_draft", "text": {"type": "plain_text", "text": "Reject", "emoji": true}, "value": "1", "style": "danger"}]}, {"type": "actions", "block_id": "ticket", "elements": [{"type": "button", "action_id": "claim_ticket", "text": {"type": "plain_text", "text": "Claim", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "reply_ticket", "text": {"type": "plain_text", "text": "Write reply", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "reroute_ticket", "text": {"type": "plain_text", "text": "Reroute", "emoji": true}, "value": "1"}, {"type": "button", "action_id": "resolve_ticket", "text": {"type": "plain_text", "text": "Resolve", "emoji": true}, "value": "1"}]}], "metadata": {"event_type": "signalbox_post", "event_payload": {"key": "card:1:0"}}}, "state": {"values": {}}, "response_url": "http://127.0.0.1:45565/hooks/actions/T0FERNHAUL/1000000001/302e802640eda91e026febe304d953dd", "actions": [{"action_id": "approve_draft", "block_id": "draft", "text": {"type": "plain_text", "text": "Approve & send", "emoji": true}, "value": "1", "style": "primary", "type": "button", "action_ts": "1795510800.002700"}]}','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000','');
CREATE TABLE request (
	id INTEGER NOT NULL, 
	team VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	ts VARCHAR NOT NULL, 
	requester VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	wording TEXT NOT NULL, 
	files JSON NOT NULL, 
	posted_at DATETIME NOT NULL, 
	outcome TEXT, 
	because VARCHAR NOT NULL, 
	deleted_at DATETIME, 
	CONSTRAINT pk_request PRIMARY KEY (id), 
	CONSTRAINT uq_request_channel_ts UNIQUE (channel, ts)
);
INSERT INTO "request" VALUES(1,'T0FERNHAUL','CY6DRHM5FMA','1795510800.000800','USB2JMVQNYL','hey! where can i find the invoice from september? my accountant wants the pdf (0)','hey! where can i find the invoice from september? my accountant wants the pdf (0)','[]','2026-11-24 09:00:00.000000','routed','Invoice question goes to Billing.',NULL);
INSERT INTO "request" VALUES(2,'T0FERNHAUL','CY6DRHM5FMA','1795510800.000900','USB2JMVQNYL','hey! where can i find the invoice from september? my accountant wants the pdf (1)','hey! where can i find the invoice from september? my accountant wants the pdf (1)','[]','2026-11-24 09:00:00.000000','routed','Invoice question goes to Billing.',NULL);
INSERT INTO "request" VALUES(3,'T0FERNHAUL','CUF6TDRG7B4','1795510800.001100','U4JJEKNB6TJ','My laptop does not start any more','My laptop does not start any more','[]','2026-11-24 09:00:00.000000',NULL,'',NULL);
INSERT INTO "request" VALUES(4,'T0FERNHAUL','CY6DRHM5FMA','1795510800.001000','USB2JMVQNYL','hey! where can i find the invoice from september? my accountant wants the pdf (2)','hey! where can i find the invoice from september? my accountant wants the pdf (2)','[]','2026-11-24 09:00:00.000000','routed','Invoice question goes to Billing.',NULL);
CREATE TABLE request_edit (
	id INTEGER NOT NULL, 
	request_id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_request_edit PRIMARY KEY (id), 
	CONSTRAINT fk_request_edit_request_id FOREIGN KEY(request_id) REFERENCES request (id)
);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE ticket (
	id INTEGER NOT NULL, 
	request_id INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	thread_ts VARCHAR NOT NULL, 
	requester VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	account_name VARCHAR NOT NULL, 
	tier VARCHAR NOT NULL, 
	category VARCHAR NOT NULL, 
	runner_up VARCHAR NOT NULL, 
	priority TEXT NOT NULL, 
	sentiment TEXT NOT NULL, 
	language VARCHAR NOT NULL, 
	confidence FLOAT NOT NULL, 
	summary TEXT NOT NULL, 
	because TEXT NOT NULL, 
	facts JSON NOT NULL, 
	engine VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	missing JSON NOT NULL, 
	similar JSON NOT NULL, 
	no_draft VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	held BOOLEAN NOT NULL, 
	status TEXT NOT NULL, 
	respond_by DATETIME, 
	resolve_by DATETIME, 
	opened_at DATETIME NOT NULL, 
	routed_at DATETIME, 
	answered_at DATETIME, 
	resolved_at DATETIME, 
	escalated_at DATETIME, 
	touched BOOLEAN NOT NULL, 
	moved_on_ts VARCHAR NOT NULL, 
	moves INTEGER NOT NULL, 
	link VARCHAR NOT NULL, 
	card_channel VARCHAR NOT NULL, 
	card_ts VARCHAR NOT NULL, 
	card_link VARCHAR NOT NULL, 
	CONSTRAINT pk_ticket PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_request_id FOREIGN KEY(request_id) REFERENCES request (id), 
	CONSTRAINT uq_ticket_request_id UNIQUE (request_id)
);
INSERT INTO "ticket" VALUES(1,1,'CY6DRHM5FMA','1795510800.000800','USB2JMVQNYL','acc-1001','Halden Outfitters','enterprise','billing-invoice','data-export','P3','neutral','en',9.99015865411950088059e-01,'Where can i find the invoice from september?','Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way. Invoice question goes to Billing.','[{"name": "Plan", "value": "enterprise, retail", "source": "accounts.csv"}, {"name": "Revenue", "value": "5,200 USD a month", "source": "accounts.csv"}, {"name": "Renewal", "value": "29 Apr 2027 (156 days away)", "source": "accounts.csv"}, {"name": "Account owner", "value": "Rafael Torres", "source": "accounts.csv"}, {"name": "Billing", "value": "nothing open or failed; last invoice 5,233.39 USD, paid", "source": "invoices.csv"}, {"name": "Usage", "value": "shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)", "source": "usage.csv"}, {"name": "Open deals", "value": "Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)", "source": "deals.csv"}, {"name": "Active incident", "value": "Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "source": "incidents.csv"}]','local','','[]','[]','','billing','marek',0,'answered','2026-11-24 13:30:00.000000','2026-11-26 14:30:00.000000','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000',NULL,NULL,1,'1795510800.000800',0,'https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800000800','CQWHUFZILGC','1795510800.001600','https://fernhaul.slack.com/archives/CQWHUFZILGC/p1795510800001600');
INSERT INTO "ticket" VALUES(2,2,'CY6DRHM5FMA','1795510800.000900','USB2JMVQNYL','acc-1001','Halden Outfitters','enterprise','billing-invoice','data-export','P3','neutral','en',9.98964709643736847866e-01,'Where can i find the invoice from september?','Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way. Invoice question goes to Billing.','[{"name": "Plan", "value": "enterprise, retail", "source": "accounts.csv"}, {"name": "Revenue", "value": "5,200 USD a month", "source": "accounts.csv"}, {"name": "Renewal", "value": "29 Apr 2027 (156 days away)", "source": "accounts.csv"}, {"name": "Account owner", "value": "Rafael Torres", "source": "accounts.csv"}, {"name": "Billing", "value": "nothing open or failed; last invoice 5,233.39 USD, paid", "source": "invoices.csv"}, {"name": "Usage", "value": "shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)", "source": "usage.csv"}, {"name": "Open deals", "value": "Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)", "source": "deals.csv"}, {"name": "Active incident", "value": "Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "source": "incidents.csv"}]','local','','[]','[]','','billing','ana',0,'routed','2026-11-24 13:30:00.000000','2026-11-26 14:30:00.000000','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000',NULL,NULL,NULL,0,'1795510800.000900',0,'https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800000900','CQWHUFZILGC','1795510800.001500','https://fernhaul.slack.com/archives/CQWHUFZILGC/p1795510800001500');
INSERT INTO "ticket" VALUES(3,4,'CY6DRHM5FMA','1795510800.001000','USB2JMVQNYL','acc-1001','Halden Outfitters','enterprise','billing-invoice','data-export','P3','neutral','en',9.98943040895224898534e-01,'Where can i find the invoice from september?','Reads like earlier messages under Invoice question (“Hi, where do I find the PDF of our October invoice? Our…”); “invoice” and “pdf” point the same way. Invoice question goes to Billing.','[{"name": "Plan", "value": "enterprise, retail", "source": "accounts.csv"}, {"name": "Revenue", "value": "5,200 USD a month", "source": "accounts.csv"}, {"name": "Renewal", "value": "29 Apr 2027 (156 days away)", "source": "accounts.csv"}, {"name": "Account owner", "value": "Rafael Torres", "source": "accounts.csv"}, {"name": "Billing", "value": "nothing open or failed; last invoice 5,233.39 USD, paid", "source": "invoices.csv"}, {"name": "Usage", "value": "shipments +2%, active users \u22125%, API calls +2% (last 14 days against the 28 before)", "source": "usage.csv"}, {"name": "Open deals", "value": "Halden Baltic warehouses (proposal, 62,000 USD, closes 23 Dec 2026)", "source": "deals.csv"}, {"name": "Active incident", "value": "Labels are slow for one carrier (label service), since 20 Nov 2026 05:36 UTC", "source": "incidents.csv"}]','local','','[]','[]','','billing','marek',0,'routed','2026-11-24 13:30:00.000000','2026-11-26 14:30:00.000000','2026-11-24 09:00:00.000000','2026-11-24 09:00:00.000000',NULL,NULL,NULL,0,'1795510800.001000',0,'https://fernhaul.slack.com/archives/CY6DRHM5FMA/p1795510800001000','CQWHUFZILGC','1795510800.001700','https://fernhaul.slack.com/archives/CQWHUFZILGC/p1795510800001700');
INSERT INTO "ticket" VALUES(4,3,'CUF6TDRG7B4','1795510800.001100','U4JJEKNB6TJ','','','','','','P3','neutral','und',0.0,'','','[]','','','[]','[]','','','',0,'new',NULL,NULL,'2026-11-24 09:00:00.000000',NULL,NULL,NULL,NULL,0,'1795510800.001100',0,'','','','');
CREATE TABLE ticket_event (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	what VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	why TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_ticket_event PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_event_ticket_id FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "ticket_event" VALUES(1,1,'opened','USB2JMVQNYL','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(2,2,'opened','USB2JMVQNYL','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(3,3,'opened','USB2JMVQNYL','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(4,4,'opened','U4JJEKNB6TJ','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(5,1,'routed','signalbox','Invoice question goes to Billing.','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(6,2,'routed','signalbox','Invoice question goes to Billing.','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(7,3,'routed','signalbox','Invoice question goes to Billing.','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(8,1,'card posted','signalbox','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(9,2,'card posted','signalbox','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(10,3,'card posted','signalbox','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(11,1,'draft approved','UQRLHSAMQL4','','2026-11-24 09:00:00.000000');
INSERT INTO "ticket_event" VALUES(12,1,'reply sent','UQRLHSAMQL4','','2026-11-24 09:00:00.000000');
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('event:EvTVWVAT274E','gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwFhhpSMBmt3YXJnc5R9lHUu',1795391874000);
INSERT INTO "workflow_input" VALUES('event:EvDCYTKC3ZVC','gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwJhhpSMBmt3YXJnc5R9lHUu',1795391874000);
INSERT INTO "workflow_input" VALUES('event:EvT6ZYRDXQ5C','gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwNhhpSMBmt3YXJnc5R9lHUu',1795391874000);
INSERT INTO "workflow_input" VALUES('event:EvVJAHMMSFFK','gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwRhhpSMBmt3YXJnc5R9lHUu',1795391874000);
INSERT INTO "workflow_input" VALUES('click:UQRLHSAMQL4:1795510800.002700:approve_draft','gASVKAAAAAAAAAB9lCiMBGFyZ3OUjAdyZWNlaXZllF2USwVhhpSMBmt3YXJnc5R9lHUu',1795391875000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('event:EvDCYTKC3ZVC','gAROLg==',NULL,1795391875000);
INSERT INTO "workflow_output" VALUES('event:EvVJAHMMSFFK','gAROLg==',NULL,1795391875000);
INSERT INTO "workflow_output" VALUES('event:EvTVWVAT274E','gAROLg==',NULL,1795391875000);
INSERT INTO "workflow_output" VALUES('click:UQRLHSAMQL4:1795510800.002700:approve_draft','gAROLg==',NULL,1795391875000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('event:EvTVWVAT274E','SUCCESS','flow',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795391874000,1795391875000,'stable','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795391875000,'null',NULL,NULL,0,'signalbox','0c357b31-0c92-4638-82f0-c3923828d3b1');
INSERT INTO "workflow_status" VALUES('event:EvDCYTKC3ZVC','SUCCESS','flow',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795391874000,1795391875000,'stable','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795391875000,'null',NULL,NULL,0,'signalbox','ce66d9df-2a6d-4b7b-8190-80462df00b7a');
INSERT INTO "workflow_status" VALUES('event:EvT6ZYRDXQ5C','PENDING','flow',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795391874000,1795391874000,'stable','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'f678a13c-7d88-4aa0-a1f1-2c71b2a6f133',NULL,'py_pickle',NULL,0,0,NULL,'null',NULL,NULL,0,'signalbox','f678a13c-7d88-4aa0-a1f1-2c71b2a6f133');
INSERT INTO "workflow_status" VALUES('event:EvVJAHMMSFFK','SUCCESS','flow',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795391874000,1795391875000,'stable','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795391875000,'null',NULL,NULL,0,'signalbox','641ffc9d-ae40-4180-bee2-96b524cc8cb3');
INSERT INTO "workflow_status" VALUES('click:UQRLHSAMQL4:1795510800.002700:approve_draft','SUCCESS','flow',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795391875000,1795391875000,'stable','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795391875000,'null',NULL,NULL,0,'signalbox','40ebe7be-a2e0-4fb6-8acb-5f8331e9e9fa');
CREATE INDEX ix_alert_at ON alert (at);
CREATE INDEX ix_done_at ON done (at);
CREATE INDEX ix_post_at ON post (at);
CREATE INDEX ix_receipt_received_at ON receipt (received_at);
CREATE INDEX ix_receipt_thread_done_at ON receipt (thread, done_at);
CREATE INDEX ix_request_posted_at ON request (posted_at);
CREATE INDEX ix_request_edit_request_id ON request_edit (request_id);
CREATE INDEX ix_ticket_channel ON ticket (channel);
CREATE INDEX ix_ticket_opened_at ON ticket (opened_at);
CREATE INDEX ix_ticket_owner ON ticket (owner);
CREATE INDEX ix_ticket_queue ON ticket (queue);
CREATE INDEX ix_ticket_status_respond_by ON ticket (status, respond_by);
CREATE INDEX ix_correction_at ON correction (at);
CREATE INDEX ix_correction_ticket_id ON correction (ticket_id);
CREATE INDEX ix_decision_at ON decision (at);
CREATE INDEX ix_decision_kind ON decision (kind);
CREATE INDEX ix_decision_request_id ON decision (request_id);
CREATE INDEX ix_decision_ticket_id ON decision (ticket_id);
CREATE INDEX ix_draft_status ON draft (status);
CREATE INDEX ix_draft_ticket_id ON draft (ticket_id);
CREATE INDEX ix_feedback_at ON feedback (at);
CREATE INDEX ix_ticket_event_at ON ticket_event (at);
CREATE INDEX ix_ticket_event_ticket_id ON ticket_event (ticket_id);
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
