//! Answers as mail clients write them: headers, encodings, structure, quotations, signatures, and what each does to
//! what was typed.

use std::fmt::Write;

use encoding_rs::{Encoding, GB18030, GBK};

use super::office::Mail;

/// What somebody writes, to which mail.
pub struct Reply<'a> {
    pub name: &'a str,
    pub address: &'a str,
    pub to: &'a Mail,
    pub text: &'a str,
    pub chinese: bool,
    /// Whose Message-ID it is: no two mails have the same.
    pub number: usize,
}

/// A mail client.
#[derive(Clone, Copy)]
pub struct Client {
    pub name: &'static str,
    pub write: fn(&Reply<'_>) -> Vec<u8>,
}

/// Words below an answer that must not count, whatever quotes them.
pub const QUOTED: &str = "\n/close out of scope: not to be done\n/关闭 不在受理范围：不该执行\n";

/// Words of signatures and notices that nobody is to be sent.
pub const NOT_FOR_CUSTOMERS: [&str; 12] = [
    "not to be done",
    "不该执行",
    "Customer Care",
    "+86 21",
    "confidential",
    "保密",
    "iPhone",
    "Outlook for iOS",
    "网易邮箱",
    "Foxmail",
    "原始邮件",
    "wrote:",
];

pub const ALL: [Client; 16] = [
    client("Outlook for Windows", outlook),
    client("Outlook for iOS", outlook_ios),
    client("Gmail", gmail),
    client("Apple Mail", apple),
    client("iPhone Mail", iphone),
    client("QQ Mail", qq_web),
    client("QQ Mail in GB18030", qq_gb18030),
    client("QQ Mail on a phone", qq_app),
    client("Foxmail", foxmail),
    client("NetEase 163", netease_web),
    client("NetEase Mail Master", netease_app),
    client("Thunderbird", thunderbird),
    client("Thunderbird, below the quotation", thunderbird_below),
    client("Thunderbird in HTML", thunderbird_html),
    client("Exchange, plain text in base64", exchange_base64),
    client("Exchange, HTML alone in quoted-printable", exchange_html),
];

const fn client(name: &'static str, write: fn(&Reply<'_>) -> Vec<u8>) -> Client {
    Client { name, write }
}

// --- what all of them need

/// A header's text, encoded where it isn't ASCII (RFC 2047).
pub fn header_text(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(42);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (word, more) = rest.split_at(end);
        words.push(format!(
            "=?utf-8?B?{}?=",
            data_encoding::BASE64.encode(word.as_bytes())
        ));
        rest = more;
    }
    words.join("\n ")
}

fn header_gbk(text: &str) -> String {
    let (bytes, _, _) = GBK.encode(text);
    format!("=?GBK?B?{}?=", data_encoding::BASE64.encode(&bytes))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn base64(bytes: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\n")
}

/// RFC 2045 §6.7.
fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let mut width = 0;
        for (at, byte) in line.iter().enumerate() {
            let last = at + 1 == line.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (*byte == b' ' && !last);
            let piece = if plain {
                char::from(*byte).to_string()
            } else {
                format!("={byte:02X}")
            };
            if width + piece.len() > 75 {
                out.push_str("=\n");
                width = 0;
            }
            width += piece.len();
            out.push_str(&piece);
        }
        out.push('\n');
    }
    out.pop();
    out
}

#[derive(Clone, Copy)]
enum As {
    Base64,
    Quoted,
    EightBit,
}

fn part(kind: &str, text: &str, charset: &'static Encoding, transfer: As) -> Vec<u8> {
    let (bytes, _, lost) = charset.encode(text);
    assert!(!lost, "{text} can't be written in {}", charset.name());
    let (name, body) = match transfer {
        As::Base64 => ("base64", base64(&bytes).into_bytes()),
        As::Quoted => ("quoted-printable", quoted_printable(&bytes).into_bytes()),
        As::EightBit => ("8bit", bytes.into_owned()),
    };
    let charset = charset.name().to_lowercase();
    let mut out = format!(
        "Content-Type: {kind}; charset=\"{charset}\"\nContent-Transfer-Encoding: {name}\n\n"
    )
    .into_bytes();
    out.extend(body);
    out.push(b'\n');
    out
}

fn alternative(boundary: &str, text: &[u8], html: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "Content-Type: multipart/alternative;\n\tboundary=\"{boundary}\"\n\n\
         This is a multi-part message in MIME format.\n\n--{boundary}\n"
    )
    .into_bytes();
    out.extend(text);
    out.extend(format!("\n--{boundary}\n").bytes());
    out.extend(html);
    out.extend(format!("\n--{boundary}--\n").bytes());
    out
}

impl Reply<'_> {
    /// Headers that every client writes, with its own name for the mail.
    fn head(&self, id: &str, prefix: &str, own: &str) -> String {
        let subject = format!("{prefix}{}", self.to.subject);
        format!(
            "From: {} <{}>\nTo: {} <{}>\nSubject: {}\nDate: Tue, 24 Nov 2026 09:41:{:02} +0800\n\
             Message-ID: <{id}.{}@example.com>\nIn-Reply-To: <{}>\nReferences: <{}>\n{own}MIME-Version: 1.0\n",
            header_text(self.name),
            self.address,
            header_text(self.company()),
            self.to.reply_to,
            header_text(&subject),
            self.number % 60,
            self.number,
            self.to.message_id,
            self.to.message_id,
        )
    }

    fn company(&self) -> &'static str {
        self.pick("Example Ltd", "示例公司")
    }

    fn pick(&self, english: &'static str, chinese: &'static str) -> &'static str {
        if self.chinese { chinese } else { english }
    }

    /// The mail that is answered, as it is quoted; with commands that aren't the writer's.
    fn old(&self) -> String {
        format!("{}{QUOTED}", self.to.text)
    }

    fn signed(&self) -> String {
        let title = self.pick(
            "Customer Care | Example Ltd\n+86 21 5555 0100",
            "客户服务部 Customer Care\n电话：+86 21 5555 0100",
        );
        format!("{}\n{title}", self.name)
    }

    /// Each line of a text in a tag, blank ones as this client leaves them.
    fn lines(&self, text: &str, open: &str, close: &str, blank: &str) -> String {
        let mut out = String::new();
        for line in text.lines() {
            let inner = if line.trim().is_empty() {
                blank.to_owned()
            } else {
                // what is typed twice in a row, and behind a full stop, clients keep as non-breaking blanks
                escaped(line).replace("  ", "&nbsp; ")
            };
            let _ = writeln!(out, "{open}{inner}{close}");
        }
        out
    }

    fn block(&self, bold: (&str, &str), end: &str) -> String {
        let (open, close) = bold;
        let labels = if self.chinese {
            ["发件人:", "发送时间:", "收件人:", "主题:"]
        } else {
            ["From:", "Sent:", "To:", "Subject:"]
        };
        let company = format!("{} <{}>", self.company(), self.to.reply_to);
        let sent = self.pick("Tuesday, November 24, 2026 9:30 AM", "2026年11月24日 9:30");
        let me = format!("{} <{}>", self.name, self.address);
        let values = [
            company.as_str(),
            sent,
            me.as_str(),
            self.to.subject.as_str(),
        ];
        let html = !open.is_empty();
        let mut out = String::new();
        for (label, value) in labels.iter().zip(values) {
            let value = if html {
                escaped(value)
            } else {
                value.to_owned()
            };
            let _ = write!(out, "{open}{label}{close} {value}{end}");
        }
        out
    }
}

fn cited(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if line.is_empty() {
                ">".to_owned()
            } else {
                format!("> {line}")
            }
        })
        .collect();
    lines.join("\n")
}

fn with_breaks(text: &str) -> String {
    escaped(text).replace('\n', "<br>\n")
}

/// Long lines broken at blanks, as clients do it that don't know flowed text.
fn wrapped(text: &str, width: usize, soft: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut used = 0;
        for (at, word) in line.split(' ').enumerate() {
            if at > 0 && used + 1 + word.chars().count() > width {
                out.push_str(soft);
                out.push('\n');
                used = 0;
            } else if at > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += word.chars().count();
        }
        out.push('\n');
    }
    out.pop();
    out
}

fn joined(head: String, body: &[u8]) -> Vec<u8> {
    let mut out = head.into_bytes();
    out.extend(body);
    out
}

const UTF_8: &Encoding = encoding_rs::UTF_8;

// --- Microsoft

const DISCLAIMER: &str = "This e-mail and any attachments are confidential and may be privileged. If you are not the \
    intended recipient, please delete it.\n/withdraw";
const DISCLAIMER_CHINESE: &str =
    "本邮件及其附件含有保密信息，仅限收件人使用。如误收请删除。\n/撤诉";

fn outlook_html(reply: &Reply<'_>) -> String {
    let open = "<p class=\"MsoNormal\"><span lang=\"EN-US\" style=\"font-size:11.0pt\">";
    let close = "<o:p></o:p></span></p>";
    let disclaimer = reply.pick(DISCLAIMER, DISCLAIMER_CHINESE);
    format!(
        "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
         xmlns:w=\"urn:schemas-microsoft-com:office:word\" xmlns=\"http://www.w3.org/TR/REC-html40\">\n<head>\n\
         <meta name=\"Generator\" content=\"Microsoft Word 15 (filtered medium)\">\n<style><!--\n\
         /* Font Definitions */\n@font-face\n\t{{font-family:Calibri;}}\np.MsoNormal, li.MsoNormal\n\t{{margin:0cm;}}\n\
         --></style>\n</head>\n<body lang=\"EN-US\" link=\"#0563C1\" vlink=\"#954F72\">\n<div class=\"WordSection1\">\n\
         {typed}<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>\n{signed}<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>\n\
         <div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\">\n\
         <p class=\"MsoNormal\">{block}<o:p></o:p></p>\n</div>\n<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>\n\
         {old}</div>\n<p style=\"font-size:8pt\">{disclaimer}</p>\n</body>\n</html>\n",
        typed = reply.lines(reply.text, open, close, "<o:p>&nbsp;</o:p>"),
        signed = reply.lines(&reply.signed(), open, close, ""),
        block = reply.block(("<b>", "</b>"), "<br>"),
        old = reply.lines(&reply.old(), open, close, "<o:p>&nbsp;</o:p>"),
        disclaimer = with_breaks(disclaimer),
    )
}

const EXCHANGE: &str = "Thread-Topic: notice\nThread-Index: AQHdXR2c3v0mJm0T0Uy1f3rV9n2b3g==\nAccept-Language: en-US\n\
    Content-Language: en-US\nX-MS-Has-Attach:\nX-MS-TNEF-Correlator:\nx-ms-publictraffictype: Email\n\
    x-ms-exchange-messagesentrepresentingtype: 1\n";

fn outlook(reply: &Reply<'_>) -> Vec<u8> {
    let text = format!(
        "{}\n\n{}\n\n{}\n{}\n{}\n",
        reply.text,
        reply.signed(),
        reply.block(("", ""), "\n"),
        reply.old(),
        reply.pick(DISCLAIMER, DISCLAIMER_CHINESE),
    );
    let transfer = if reply.chinese {
        As::Base64
    } else {
        As::Quoted
    };
    let prefix = reply.pick("RE: ", "答复: ");
    let own = format!("X-Mailer: Microsoft Outlook 16.0\n{EXCHANGE}");
    let body = alternative(
        "_000_TYZPR01MB5432_",
        &part("text/plain", &text, UTF_8, transfer),
        &part("text/html", &outlook_html(reply), UTF_8, transfer),
    );
    joined(reply.head("TYZPR01MB5432", prefix, &own), &body)
}

fn exchange_base64(reply: &Reply<'_>) -> Vec<u8> {
    let text = format!(
        "{}\n\n{}\n\n________________________________\n{}\n{}\n",
        reply.text,
        reply.signed(),
        reply.block(("", ""), "\n"),
        reply.old(),
    );
    let prefix = reply.pick("Re: ", "回复: ");
    joined(
        reply.head("SEYPR02MB7777", prefix, EXCHANGE),
        &part("text/plain", &text, UTF_8, As::Base64),
    )
}

fn exchange_html(reply: &Reply<'_>) -> Vec<u8> {
    let prefix = reply.pick("RE: ", "答复: ");
    joined(
        reply.head("SEYPR03MB8888", prefix, EXCHANGE),
        &part("text/html", &outlook_html(reply), UTF_8, As::Quoted),
    )
}

fn outlook_ios(reply: &Reply<'_>) -> Vec<u8> {
    let get = reply.pick("Get Outlook for iOS", "获取 Outlook for iOS");
    let text = format!(
        "{}\n\n{get}<https://aka.ms/o0ukef>\n________________________________\n{}\n{}\n",
        reply.text,
        reply.block(("", ""), "\n"),
        reply.old(),
    );
    let html = format!(
        "<html>\n<head>\n<style type=\"text/css\" style=\"display:none;\"> P {{margin-top:0;margin-bottom:0;}} </style>\n\
         </head>\n<body dir=\"ltr\">\n{typed}<div dir=\"ltr\"><br></div>\n\
         <div id=\"ms-outlook-mobile-signature\" dir=\"ltr\"><a href=\"https://aka.ms/o0ukef\">{get}</a></div>\n\
         <div id=\"mail-editor-reference-message-container\"><hr style=\"display:inline-block;width:98%\" tabindex=\"-1\">\n\
         <div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri, sans-serif\" color=\"#000000\">{block}</font></div>\n\
         <div>{old}</div></div>\n</body>\n</html>\n",
        typed = reply.lines(
            reply.text,
            "<div dir=\"ltr\" style=\"font-family: Aptos;\">",
            "</div>",
            "<br>"
        ),
        block = reply.block(("<b>", "</b>"), "<br>\n"),
        old = with_breaks(&reply.old()),
    );
    let body = alternative(
        "_000_TY0PR06MB4321_",
        &part("text/plain", &text, UTF_8, As::Base64),
        &part("text/html", &html, UTF_8, As::Base64),
    );
    let prefix = reply.pick("Re: ", "回复: ");
    joined(reply.head("TY0PR06MB4321", prefix, EXCHANGE), &body)
}

// --- Google and Apple

fn gmail(reply: &Reply<'_>) -> Vec<u8> {
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let attribution = |open: &str, close: &str| {
        if reply.chinese {
            format!("{company} {open}{address}{close} 于2026年11月24日周二 09:30写道：")
        } else {
            format!(
                "On Tue, Nov 24, 2026 at 9:30\u{202f}AM {company} {open}{address}{close} wrote:"
            )
        }
    };
    let text = wrapped(
        &format!(
            "{}\n\n--\n{}\n\n\n{}\n\n{}\n",
            reply.text,
            reply.signed(),
            attribution("<", ">"),
            cited(&reply.old()),
        ),
        76,
        "",
    );
    let html = format!(
        "<div dir=\"ltr\">{typed}<div><br></div><span class=\"gmail_signature_prefix\">-- </span><br>\
         <div dir=\"ltr\" class=\"gmail_signature\" data-smartmail=\"gmail_signature\">{signed}</div></div><br>\
         <div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" class=\"gmail_attr\">{attribution}<br></div>\
         <blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);\
         padding-left:1ex\">{old}</blockquote></div>\n",
        typed = reply.lines(reply.text, "<div>", "</div>", "<br>"),
        signed = with_breaks(&reply.signed()),
        attribution = attribution("&lt;", "&gt;"),
        old = with_breaks(&reply.old()),
    );
    let transfer = if reply.chinese {
        As::Base64
    } else {
        As::Quoted
    };
    let body = alternative(
        "000000000000a1b2c3062f00aa55",
        &part("text/plain", &text, UTF_8, transfer),
        &part("text/html", &html, UTF_8, As::Quoted),
    );
    joined(
        reply.head("CAHk-=wgMail", "Re: ", "X-Gm-Features: AWmQ_bk\n"),
        &body,
    )
}

fn apple_text(reply: &Reply<'_>, below: &str) -> String {
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let attribution = if reply.chinese {
        format!("2026年11月24日 09:30，{company} <{address}> 写道：")
    } else {
        format!("On 24 Nov 2026, at 09:30, {company} <{address}> wrote:")
    };
    format!(
        "{}\n\n{below}\n> {attribution}\n> \n{}\n",
        reply.text,
        cited(&reply.old())
    )
}

fn apple_html(reply: &Reply<'_>, below: &str) -> String {
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let attribution = if reply.chinese {
        format!("2026年11月24日 09:30，{company} &lt;{address}&gt; 写道：")
    } else {
        format!("On 24 Nov 2026, at 09:30, {company} &lt;{address}&gt; wrote:")
    };
    format!(
        "<html aria-label=\"message body\"><head><meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\">\
         </head><body style=\"overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;\">\
         {typed}{below}<div><br><blockquote type=\"cite\"><div>{attribution}</div>\
         <br class=\"Apple-interchange-newline\"><div><div>{old}</div></div></blockquote></div><br></body></html>\n",
        typed = reply.lines(reply.text, "<div>", "</div>", "<br>"),
        old = with_breaks(&reply.old()),
    )
}

fn apple(reply: &Reply<'_>) -> Vec<u8> {
    let text = apple_text(reply, &format!("{}\n", reply.signed()));
    let html = apple_html(
        reply,
        &format!("<div><br></div><div>{}</div>", with_breaks(&reply.signed())),
    );
    let transfer = if reply.chinese {
        As::Base64
    } else {
        As::Quoted
    };
    let body = alternative(
        "Apple-Mail=_9E2B1C7A-55D1-4B8E-A4B7-0F0A3C9D1E22",
        &part("text/plain", &text, UTF_8, transfer),
        &part("text/html", &html, UTF_8, transfer),
    );
    let prefix = reply.pick("Re: ", "回复：");
    joined(
        reply.head(
            "9E2B1C7A-55D1",
            prefix,
            "X-Mailer: Apple Mail (2.3826.400.131.1.6)\n",
        ),
        &body,
    )
}

fn iphone(reply: &Reply<'_>) -> Vec<u8> {
    let sent = reply.pick("Sent from my iPhone", "发自我的iPhone");
    let text = apple_text(reply, &format!("{sent}\n"));
    let html = apple_html(
        reply,
        &format!(
            "<div><br id=\"lineBreakAtBeginningOfSignature\"><div dir=\"ltr\">{sent}</div></div>"
        ),
    );
    let body = alternative(
        "Apple-Mail-4F1D2C3B-0A9E-4C55-8E77-D2C1B0A99F10",
        &part("text/plain", &text, UTF_8, As::Base64),
        &part("text/html", &html, UTF_8, As::Base64),
    );
    let prefix = reply.pick("Re: ", "回复：");
    joined(
        reply.head("4F1D2C3B-0A9E", prefix, "X-Mailer: iPhone Mail (23A345)\n"),
        &body,
    )
}

// --- Tencent

fn qq(reply: &Reply<'_>, below: &str, charset: &'static Encoding, mailer: &str) -> Vec<u8> {
    let divider = reply.pick("Original", "原始邮件");
    let (from, sent, to, subject) = if reply.chinese {
        ("发件人:", "发送时间:", "收件人:", "主题:")
    } else {
        ("From:", "Date:", "To:", "Subject:")
    };
    let when = reply.pick(
        "Tue, Nov 24, 2026 09:30 AM",
        "2026年11月24日(星期二) 上午9:30",
    );
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let text = format!(
        "{}\n\n{below}\n\n\n------------------&nbsp;{divider}&nbsp;------------------\n{from} \"{company}\" <{address}>;\n\
         {sent} {when}\n{to} \"{}\"<{}>;\n\n{subject} {}\n\n\n{}\n",
        reply.text,
        reply.name,
        reply.address,
        reply.to.subject,
        reply.old()
    )
    .replace("&nbsp;", " ");
    let html = format!(
        "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=GB18030\">{typed}<div><br></div><div>{below}</div>\
         <div><br></div><div style=\"font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px 0;\">\
         ------------------&nbsp;{divider}&nbsp;------------------</div>\
         <div style=\"font-size: 12px;background:#efefef;padding:8px;\">\
         <div><b>{from}</b>&nbsp;\"{company}\" &lt;{address}&gt;;</div><div><b>{sent}</b>&nbsp;{when}</div>\
         <div><b>{to}</b>&nbsp;\"{name}\"&lt;{own}&gt;;</div><div></div><div><b>{subject}</b>&nbsp;{old_subject}</div></div>\
         <div><br></div><div>{old}</div>\n",
        typed = reply.lines(reply.text, "<div>", "</div>", "<br>"),
        name = escaped(reply.name),
        own = reply.address,
        old_subject = escaped(&reply.to.subject),
        old = with_breaks(&reply.old()),
    );
    let body = alternative(
        "----=_NextPart_6923B0C5_0E4A1F50_4C7F3B21",
        &part("text/plain", &text, charset, As::Base64),
        &part("text/html", &html, charset, As::Base64),
    );
    let own = format!(
        "X-QQ-MIME: TCMime 1.0 by Tencent\nX-Mailer: {mailer}\nX-QQ-mid: webmail123t1764\nX-Priority: 3\n"
    );
    let prefix = reply.pick("Re: ", "回复：");
    joined(reply.head("tencent_0E4A1F504C7F", prefix, &own), &body)
}

fn qq_web(reply: &Reply<'_>) -> Vec<u8> {
    qq(reply, &reply.signed(), UTF_8, "QQMail 2.x")
}

fn qq_gb18030(reply: &Reply<'_>) -> Vec<u8> {
    qq(reply, "", GB18030, "QQMail 2.x")
}

fn qq_app(reply: &Reply<'_>) -> Vec<u8> {
    let sent = reply.pick("Sent from my iPhone", "发自我的iPhone");
    qq(reply, sent, UTF_8, "QQMail 2.x")
}

fn foxmail(reply: &Reply<'_>) -> Vec<u8> {
    let labels = if reply.chinese {
        ["发件人：", "发送时间：", "收件人：", "主题："]
    } else {
        ["From:", "Date:", "To:", "Subject:"]
    };
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let html = format!(
        "<html><head><meta http-equiv=\"content-type\" content=\"text/html; charset=GB2312\"><style>body {{ line-height: 1.5; }}\
         </style></head><body>{typed}\n<div><br></div><hr style=\"WIDTH: 210px; HEIGHT: 1px\" color=\"#b5c4df\" size=\"1\" \
         align=\"left\">\n<div><span><div style=\"MARGIN: 10px; FONT-FAMILY: verdana; FONT-SIZE: 10pt\"><div>{signed}</div></div>\
         </span></div>\n<blockquote style=\"margin-Top: 0px; margin-Bottom: 0px; margin-Left: 0.5em\"><div>&nbsp;</div>\
         <div style=\"border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm\">\
         <div style=\"PADDING-RIGHT: 8px; PADDING-LEFT: 8px; FONT-SIZE: 12px;BACKGROUND: #efefef;\">\
         <div><b>{0}</b>&nbsp;<a href=\"mailto:{address}\">{company}</a></div><div><b>{1}</b>&nbsp;2026-11-24&nbsp;09:30</div>\
         <div><b>{2}</b>&nbsp;<a href=\"mailto:{own}\">{name}</a></div><div><b>{3}</b>&nbsp;{subject}</div></div></div>\
         <div>{old}</div></blockquote>\n</body></html>\n",
        labels[0],
        labels[1],
        labels[2],
        labels[3],
        typed = reply.lines(reply.text, "<div>", "</div>", "<br>"),
        signed = with_breaks(&reply.signed()),
        own = reply.address,
        name = escaped(reply.name),
        subject = escaped(&reply.to.subject),
        old = with_breaks(&reply.old()),
    );
    let text = format!(
        "{}\n\n\n\n{}\n \n{} {company}\n{} 2026-11-24 09:30\n{} {}\n{} {}\n{}\n",
        reply.text,
        reply.signed(),
        labels[0],
        labels[1],
        labels[2],
        reply.name,
        labels[3],
        reply.to.subject,
        reply.old(),
    );
    let body = alternative(
        "----=_001_NextPart846930886115_=----",
        &part("text/plain", &text, GBK, As::Base64),
        &part("text/html", &html, GBK, As::Quoted),
    );
    let head = reply.head(
        "2026112409412",
        reply.pick("Re: ", "回复: "),
        "X-Priority: 3\nX-GUID: 8B6C1C7E\nX-Has-Attach: no\nX-Mailer: Foxmail 7.2.25.492[cn]\n",
    );
    joined(head, &body)
}

// --- NetEase

fn netease_web(reply: &Reply<'_>) -> Vec<u8> {
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let attribution = |open: &str, close: &str| {
        if reply.chinese {
            format!("在 2026-11-24 09:30:00，\"{company}\" {open}{address}{close} 写道：")
        } else {
            format!("At 2026-11-24 09:30:00, \"{company}\" {open}{address}{close} wrote:")
        }
    };
    let quoted: Vec<String> = reply.old().lines().map(|line| format!(">{line}")).collect();
    let text = format!(
        "{}\n\n\n\n\n\n\n\n{}\n{}\n",
        reply.text,
        attribution("<", ">"),
        quoted.join("\n")
    );
    let html = format!(
        "<div style=\"line-height:1.7;color:#000000;font-size:14px;font-family:Arial\">{typed}\
         <br><br><br><br><div style=\"position:relative;zoom:1\"></div><div id=\"divNeteaseMailCard\"></div><br>\
         <pre><br>{attribution}\n</pre><blockquote id=\"isReplyContent\" style=\"PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; \
         BORDER-LEFT: #ccc 1px solid\">{old}</blockquote></div>",
        typed = reply.lines(reply.text, "<div style=\"margin: 0;\">", "</div>", "<br>"),
        attribution = attribution("&lt;", "&gt;"),
        old = with_breaks(&reply.old()),
    );
    let body = alternative(
        "----=_Part_115200_1530443213.1764",
        &part("text/plain", &text, GBK, As::Base64),
        &part("text/html", &html, GBK, As::Base64),
    );
    let mut head = reply.head(
        "5f3a2b1c.8d21.19aa",
        "Re:",
        "X-Priority: 3\nX-Mailer: Coremail Webmail Server Version XT5.0.14 build 20250519(9504565a)\n \
         Copyright (c) 2002-2026 www.mailtech.cn 163com\nX-NTES-SC: AL_Qu2ZC\nX-CM-TRANSID: _____wD3\n",
    );
    if reply.chinese {
        head = head.replacen(
            &format!("From: {}", header_text(reply.name)),
            &format!("From: {}", header_gbk(reply.name)),
            1,
        );
    }
    joined(head, &body)
}

fn netease_app(reply: &Reply<'_>) -> Vec<u8> {
    let (company, address) = (reply.company(), &reply.to.reply_to);
    let divider = reply.pick("---- Replied Message ----", "---- 回复的原邮件 ----");
    let labels = if reply.chinese {
        ["发件人", "发送日期", "收件人", "主题"]
    } else {
        ["From", "Date", "To", "Subject"]
    };
    let values = [
        format!("{company}&lt;{address}&gt;"),
        reply
            .pick("11/24/2026 09:30", "2026年11月24日 09:30")
            .to_owned(),
        format!("{}&lt;{}&gt;", reply.name, reply.address),
        escaped(&reply.to.subject),
    ];
    let rows: Vec<String> = labels
        .iter()
        .zip(&values)
        .map(|(label, value)| format!("<tr><td>{label}</td><td>{value}</td></tr>"))
        .collect();
    let cells: Vec<String> = labels
        .iter()
        .zip(&values)
        .map(|(label, value)| {
            let value = value.replace("&lt;", "<").replace("&gt;", ">");
            format!("| {label} | {value} |")
        })
        .collect();
    let card = reply.pick("", "签名由 网易邮箱大师 定制");
    let text = format!(
        "{}\n\n\n| |\n{}\n|\n|\n{}\n|\n{card}\n\n{divider}\n{}\n{}\n",
        reply.text,
        reply.name,
        reply.address,
        cells.join("\n"),
        reply.old()
    );
    let html = format!(
        "<html><head><style>#ntes-pcmac-reset-style {{ padding:0 }}</style></head><body><div id=\"editor_version_7.18\" \
         style=\"word-break:break-word;\"><div id=\"ntes-pcmail-content\">{typed}</div><div id=\"ntes-pcmac-signature\" \
         style=\"font-family:'Microsoft YaHei'\"><table><tr><td>{name}</td></tr><tr><td>{own}</td></tr></table>\
         <div>{card}</div></div><div class=\"ntes-mailmaster-quote\" style=\"padding-top: 1px\"><div>{divider}</div>\
         <table>{rows}</table><div>{old}</div></div></div></body></html>\n",
        typed = reply.lines(reply.text, "<div>", "</div>", "<br>"),
        name = escaped(reply.name),
        own = reply.address,
        rows = rows.join(""),
        old = with_breaks(&reply.old()),
    );
    let body = alternative(
        "6923b1d2_327b23c6_c1f",
        &part("text/plain", &text, UTF_8, As::Base64),
        &part("text/html", &html, UTF_8, As::Quoted),
    );
    let head = reply.head(
        "6923b1d2.327b23c6",
        reply.pick("Re: ", "回复："),
        "X-Mailer: MailMasterIOS/7.22.2\n",
    );
    joined(head, &body)
}

// --- Mozilla

const THUNDERBIRD: &str = "User-Agent: Mozilla Thunderbird\nContent-Language: en-US\n";

fn thunderbird_attribution(reply: &Reply<'_>) -> String {
    let company = reply.company();
    if reply.chinese {
        format!("在 2026/11/24 09:30, {company} 写道:")
    } else {
        format!("On 24/11/2026 09:30, {company} wrote:")
    }
}

fn flowed(reply: &Reply<'_>, text: &str) -> Vec<u8> {
    let (bytes, transfer) = (text.as_bytes(), "8bit");
    let mut out = reply
        .head("7d0c3b7e-1d7e", "Re: ", THUNDERBIRD)
        .into_bytes();
    out.extend(
        format!(
            "Content-Type: text/plain; charset=UTF-8; format=flowed\nContent-Transfer-Encoding: {transfer}\n\n"
        )
        .bytes(),
    );
    out.extend(bytes);
    out
}

/// RFC 3676: lines that go on end in a blank; one that begins with a blank, `>` or `From ` is given one more.
fn soft(text: &str) -> String {
    wrapped(text, 70, " ")
}

fn thunderbird(reply: &Reply<'_>) -> Vec<u8> {
    let text = format!(
        "{}\n\n{}\n{}\n\n-- \n{}\n",
        soft(reply.text),
        thunderbird_attribution(reply),
        cited(&reply.old()),
        reply.signed()
    );
    flowed(reply, &text)
}

fn thunderbird_below(reply: &Reply<'_>) -> Vec<u8> {
    let text = format!(
        "{}\n{}\n\n{}\n\n-- \n{}\n",
        thunderbird_attribution(reply),
        cited(&reply.old()),
        soft(reply.text),
        reply.signed()
    );
    flowed(reply, &text)
}

fn thunderbird_html(reply: &Reply<'_>) -> Vec<u8> {
    let html = format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">\n  \
         </head>\n  <body>\n    {typed}\n    <div class=\"moz-cite-prefix\">{attribution}<br>\n    </div>\n    \
         <blockquote type=\"cite\" cite=\"mid:{id}\">\n      <div>{old}</div>\n    </blockquote>\n    \
         <pre class=\"moz-signature\" cols=\"72\">-- \n{signed}</pre>\n  </body>\n</html>\n",
        typed = reply.lines(reply.text, "<p>", "</p>", "<br>"),
        attribution = thunderbird_attribution(reply),
        id = reply.to.message_id,
        old = with_breaks(&reply.old()),
        signed = escaped(&reply.signed()),
    );
    joined(
        reply.head("7d0c3b7e-2e8f", "Re: ", THUNDERBIRD),
        &part("text/html", &html, UTF_8, As::EightBit),
    )
}
