//! The labels of header fields as mail programs copy them into a reply, in their users' languages.

/// What a label stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// The label a line begins with, and what follows it.
pub(super) fn field(line: &str) -> Option<(Field, &str)> {
    let line = line.trim().trim_start_matches(['*', '|', ' ', '_']);
    let end = line
        .char_indices()
        .take(40)
        .find(|(_, c)| matches!(c, ':' | '：' | '|' | '\t'))
        .or_else(|| asian_label(line))?;
    let (label, value) = (&line[..end.0], &line[end.0 + end.1.len_utf8()..]);
    let label: String = label
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '*' && *c != '\u{3000}')
        .flat_map(char::to_lowercase)
        .collect();
    const LABELS: [(Field, &[&str]); 5] = [
        (
            Field::From,
            &[
                "from",
                "von",
                "de",
                "da",
                "van",
                "od",
                "от",
                "откого",
                "отправитель",
                "från",
                "fra",
                "kimden",
                "gönderen",
                "发件人",
                "寄件者",
                "寄件人",
                "發件人",
                "差出人",
                "送信者",
                "보낸사람",
                "보낸이",
                "发信人",
                "expéditeur",
                "lähettäjä",
                "feladó",
            ],
        ),
        (
            Field::Date,
            &[
                "sent",
                "date",
                "gesendet",
                "datum",
                "gesendetam",
                "envoyé",
                "enviado",
                "enviadoel",
                "fecha",
                "data",
                "inviato",
                "verzonden",
                "wysłano",
                "wysłane",
                "дата",
                "отправлено",
                "skickat",
                "sendt",
                "dato",
                "gönderildi",
                "tarih",
                "gönderilmetarihi",
                "发送时间",
                "发送日期",
                "日期",
                "时间",
                "發送時間",
                "寄件日期",
                "傳送時間",
                "傳送日期",
                "送信日時",
                "日時",
                "日付",
                "보낸날짜",
                "날짜",
                "発信日時",
                "enviadaem",
                "enviadoem",
                "sentat",
                "datesent",
                "odesláno",
                "päivämäärä",
                "lähetetty",
            ],
        ),
        (
            Field::To,
            &[
                "to",
                "an",
                "à",
                "a",
                "para",
                "aan",
                "do",
                "кому",
                "till",
                "til",
                "kime",
                "alıcı",
                "收件人",
                "收件者",
                "宛先",
                "받는사람",
                "받는이",
                "destinataire",
                "dla",
            ],
        ),
        (
            Field::Subject,
            &[
                "subject",
                "betreff",
                "objet",
                "asunto",
                "assunto",
                "oggetto",
                "onderwerp",
                "temat",
                "тема",
                "ämne",
                "emne",
                "konu",
                "主题",
                "主旨",
                "主題",
                "标题",
                "件名",
                "제목",
                "předmět",
                "aihe",
                "tárgy",
                "re",
            ],
        ),
        (
            Field::Other,
            &[
                "cc",
                "kopie",
                "copie",
                "抄送",
                "副本",
                "参조",
                "참조",
                "копия",
                "kopia",
                "bilgi",
                "bcc",
                "importance",
                "priority",
                "attachments",
                "wichtigkeit",
                "reply-to",
                "重要性",
                "附件",
                "message-id",
                "organization",
            ],
        ),
    ];
    LABELS
        .iter()
        .find(|(_, labels)| labels.contains(&label.as_str()))
        .map(|(field, _)| (*field, value))
}

/// What stands behind a label that means From.
pub(in super::super) fn from_field(line: &str) -> Option<&str> {
    match field(line) {
        Some((Field::From, value)) => Some(value),
        _ => None,
    }
}

/// Where a label of Asian characters ends in a blank: NetEase's phones leave the colon out.
fn asian_label(line: &str) -> Option<(usize, char)> {
    let end = line.char_indices().take(6).find(|(_, c)| *c == ' ')?;
    let label = &line[..end.0];
    (label.chars().count() >= 2 && !label.bytes().any(|b| b.is_ascii())).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_in_many_languages() {
        for (line, expected) in [
            ("From: Wang", Some(Field::From)),
            ("*Von:* Wang", Some(Field::From)),
            ("发件人：王", Some(Field::From)),
            ("От кого: Иван", Some(Field::From)),
            ("Gesendet: heute", Some(Field::Date)),
            ("送信日時: 今日", Some(Field::Date)),
            ("À : Li", Some(Field::To)),
            ("主　题：投诉", Some(Field::Subject)),
            ("Price: 5", None),
            ("no label", None),
        ] {
            assert_eq!(field(line).map(|(field, _)| field), expected, "{line}");
        }
    }
}
