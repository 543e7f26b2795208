"""Words by which servers say why they did not deliver. In lower case; a blank stands for any run of blanks.

Only phrases, no nested repetition: they are searched in text that strangers wrote.
"""

import re
from re import Pattern


def _any(*phrases: str) -> Pattern[str]:
    return re.compile("|".join(phrases))


# Something about the sender, before anything else: "unknown" and "not found" are then about us.
SENDER = _any(
    r"sender (?:address )?(?:verify|verif|rejected|denied|blocked|is blocked|not auth|unknown|domain|was rejected|id )",
    r"(?:unknown|invalid|bad|unverified|unauthori[sz]ed|forged) sender",
    r"(?:not|n't) (?:allowed|permitted|authori[sz]ed) to (?:send|submit)",
    r"helo (?:command|name)",
    r"client host",
    r"reverse (?:dns|host|lookup|name)",
    r"\brdns\b",
    r"\bptr\b",
    r"\bspf\b",
    r"\bdkim\b",
    r"\bdmarc\b",
    r"unauthenticated (?:e-?mail|sender)",
    r"relay(?:ing)? (?:access )?(?:denied|is prohibited|not permitted|not allowed|prohibited)",
    r"(?:unable|not permitted|not allowed|not authori[sz]ed) to relay",
    r"rcpthosts",
)
LATER = _any(
    r"\btemporar(?:y|ily)\b",
    r"try (?:again )?later",
    r"try your message later",
    r"not found, try again",
    r"gr[ea]y-?list",
    r"suspended",
    r"account (?:is |was |has been )?locked",
    r"too (?:quickly|many messages|much mail from)",
    r"receiving mail at a rate",
    r"vorübergehend",
    r"temporairement",
    r"temporalmente",
    r"временно",
)
TOO_LARGE = _any(
    r"message (?:is |was )?too (?:large|big|long)",
    r"message (?:size|length) (?:exceed|is|limit|violat|too)",
    r"(?:maximum|max) (?:inbound |incoming |allowed |permitted )?message (?:size|length)",
    r"exceeds? (?:the )?(?:maximum|size)",
    r"larger than",
)
FULL = _any(
    r"\bover ?-?quota\b",
    r"quota",
    r"(?:mailbox|mail box|mailfolder|inbox|folder|mailbox for [^ ]{1,80}|account|maildir|spool) (?:is |has been )?full",
    r"full mailbox",
    r"(?:mailbox|storage|disk|account|mail box)[^.]{0,40} (?:exceed|limit|not enough|exhausted)",
    r"(?:exceeded|exceeds|over)[^.]{0,30} (?:storage|disk|mailbox)",
    r"(?:out of|insufficient|not enough|no) (?:disk |storage |mailbox )?(?:space|storage)",
    r"too much mail",
    r"(?:bo[iî]te|messagerie)[^.]{0,30} pleine",
    r"(?:postfach|mailbox)[^.]{0,30} voll",
    r"buz[oó]n[^.]{0,20} llen[oa]",
    r"casella[^.]{0,20} piena",
    r"caixa[^.]{0,20} cheia",
    r"переполнен",
    r"邮箱已满|邮箱空间不足|容量オーバー|容量を超",
)
LISTED = _any(
    r"black ?-?list|block ?-?list|blocked using|\bdnsbl\b|\brbl\b|spamhaus|spamcop|barracuda",
    r"(?:bad|poor|low) (?:ip |sender )?reputation|reputation of",
    r"unsolicited|looks like spam|identified as spam|classified as spam|considered spam|spam message|as spam\b",
    r"detected as spam|spam detected|spam score|spam content|spam filter|high probability of spam",
    r"your (?:ip|host|server|mail server|domain|network) ",
    r"block(?:ed|ing) (?:for|by|due|because|from|mail)",
    r"message (?:has been |was )?blocked",
    r"virus|malware|phish|infected",
    r"content (?:was |is )?(?:rejected|filter|blocked|denied)",
    r"(?:message|mail|content|e-mail) (?:was |is |has been )?(?:rejected|refused|denied) (?:due to|by|for|because of) "
    r"(?:content|policy|security|spam|organi)",
    r"not accepting mail from",
)
NO_USER = _any(
    r"(?:user|recipient|address|addressee|account|mailbox|mail address|person|local[ -]part|alias|addresses)(?: name)? "
    r"(?:is |was )?(?:unknown|not known|not found|nonexistent|non-existent|not exist)",
    r"(?:unknown|no such|nonexistent|non-existent|illegal|undefined)(?: or illegal)?(?: local| virtual| mail)? "
    r"(?:user|recipient|address|e-?mail|account|mailbox|person|local[ -]part|alias|addressee|name|id\b|destination)",
    r"user [^ ]{0,80} ?(?:unknown|not found|does not exist|not listed|not known)",
    r"(?:does|do|did|doesn.t|don.t)(?: not)? exist\b",
    r"no longer exists?",
    r"recipientnotfound|not found by smtp address lookup",
    r"(?:not|isn.t|are not) (?:a |an )?(?:valid|known|existing|correct) (?:user|recipient|mailbox|address"
    r"|account|e-?mail)",
    r"(?:invalid|incorrect|bad|wrong)(?: destination)? (?:recipient|mailbox|user|account|address|e-?mail|final)",
    r"(?:recipient|mailbox|address|user|addresses)(?: is| was| are|:)? (?:invalid|incorrect|wrong|not valid)",
    r"no (?:mailbox|user|account|recipient|one)(?: here)? (?:here )?(?:by|with|of|under) (?:that|this|the)",
    r"doesn.t have an? [^ ]{1,60} (?:account|mailbox)",
    r"not have an? [^ ]{0,60} ?(?:account|mailbox|final)",
    r"not (?:listed|found|present|defined) in (?:[^ ]{1,40} ){0,4}(?:directory|table|list|database|address book)",
    r"name (?:is |was )?not recogni[sz]ed|not a local (?:user|mailbox|address)",
    r"(?:wasn.t|couldn.t be|could not be|was not|can.t be|cannot be) found (?:at|on|in the)?",
    r"wrong or no longer valid|no longer valid",
    r"mailbox (?:is )?unavailable|mailbox not available|invalid mailbox",
    r"unrouteable address|unroutable address|no valid recipients?",
    r"not our customer|recipient no longer|did not exactly match|final e-?mail delivery point",
    r"address(?:es)? couldn.t be found|unable to find recipient|no such (?:user|person)|unknown recipient",
    r"n.existe (?:pas|plus)|(?:utilisateur|destinataire|adresse)[^.]{0,30} inconnue?|non recens",
    r"(?:empf[aä]nger|benutzer|adresse|postfach)[^.]{0,30} (?:unbekannt|existiert nicht|ung[uü]ltig)|unbekannter",
    r"(?:usuario|destinatario|direcci[oó]n|cuenta)[^.]{0,30} (?:desconocid|no existe|inexistente)|no existe",
    r"utente[^.]{0,20} (?:sconosciuto|inesistente)|non esiste|inesistente",
    r"(?:usu[aá]rio|destinat[aá]rio|conta)[^.]{0,20} (?:desconhecid|n[aã]o existe|inexistente)|n[aã]o existe",
    r"не существует|не найден|неизвестн",
    r"不存在|没有该用户|用户未找到|查无此|存在しません|見つかりません|宛先不明|あて先が",
)
GONE = _any(
    r"(?:account|mailbox|user|address|recipient)[^.;]{0,60} (?:is|was|been|or) (?:disabled|deactivated"
    r"|discontinued|terminated|closed)",
    r"(?:account|mailbox|user) (?:disabled|deactivated|discontinued|terminated|closed|inactive)",
    r"\b(?:disabled|deactivated|discontinued|inactive|closed|deleted|expired) (?:account|mailbox|user|recipient"
    r"|address)",
    r"(?:account|mailbox|user|recipient)[^.;]{0,60} (?:is inactive|not active|has been deleted|was deleted)",
    r"no longer (?:in use|used|active|available|employed|works?|on|at|here|accept|with|a member|a valid|receiv)",
    r"(?:user|recipient|he|she|has|mailbox) (?:has )?moved",
    r"not? longer (?:valid|active)",
)
NO_HOST = _any(
    r"(?:host|domain|hostname|domain name|mail server)(?: or domain)?(?: name)? "
    r"(?:is |was )?(?:unknown|not found|does not exist|nonexistent|not exist)",
    r"(?:unknown|no such|nonexistent|non-existent|illegal|bad|invalid) (?:host|domain|host/domain|destination domain)",
    r"nxdomain|unrouteable mail domain|unroutable domain|no mail hosts? for|no such host",
    r"mx records? (?:point|resolve)|no (?:mx|mx or a|a or mx)(?: record|s)?",
    r"dns error|name service error|could not find the domain|unable to resolve",
    r"(?:does|do|doesn.t|do not|does not|not)(?: not)? accept (?:any )?(?:e-?)?mail|null ?mx",
    r"couldn.t find any host|(?:couldn.t|could not|cannot|can.t) find (?:host|a mail|an mx|the host)",
)
NETWORK = _any(
    r"time(?:d)?[ -]?out|connection (?:refused|reset|closed|lost|failed|dropped|to|died|attempt|was)"
    r"|connect(?:ion)? fail",
    r"(?:could not|couldn.t|unable to|cannot|can.t|wasn.t able to|failed to) (?:be )?(?:connect|establish|reach"
    r"|contact)",
    r"unreachable|not reachable|no route|network|not respond|n.t respond|no answer|host is down|is down",
    r"too many|rate limit|throttl|deferred|expired|queue|retry|attempts|lifetime|waiting for",
    r"resources|busy|overload|unavailable|insufficient|out of memory|system error|delayed|try again|later",
    r"find a gateway|loop|hops|collected|lock|command died|over load|excessive|local error|configuration|not available",
    r"(?:within|after|for) \d{1,4} (?:day|hour|minute)",
)
REFUSED = _any(
    r"spam|junk|policy|polic|prohibit|denied|not allowed|not permitted|not authori|refused|banned|forbidden|blocked",
    r"restrict|violat|complain|authenticat|suspicious|attachment|not accept|filter|reject|security|header|field",
)
ANSWER = re.compile(r"(?<![\d.])([2-5][0-5]\d)(?![\d.])")
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
