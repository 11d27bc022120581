export { eraseMails, listMails, MailLogEntry, type NewMail, newMessageId, queueMail } from "./outbox.ts";
export { type DueMail, type Mails, startMails } from "./sender.ts";
export { forgetMailFile, type MailTransport, openMailTransport } from "./transport.ts";
