"""Words by which servers say why they did not deliver. In lower case; a blank stands for any run of blanks.

Only phrases, no nested repetition: they are searched in text that strangers wrote.
"""

import re
from re import Pattern


def _any(*phrases: str) -> Pattern[str]:
    return re.compile("|".join(phrases))


# What the recipient's side wants to have from whom, whatever is said besides.
THEIR_WISH = _any(
    r"recipients?'?s? (?:mail )?preferences|email preferences of the|not (?:on|in) (?:the )?(?:white|allow"
    r"|safe) ?-?list",
    r"(?:delivery|sending|messages?) to this (?:address|group|recipient|list|mailbox) is restricted",
    r"only accepts? (?:mail|messages|e-?mails?) from|not (?:a )?(?:member|subscribe[dr])|members[- ]only",
    r"google.{0,3}(?:groups|groupes|grupos|gruppi|gruppen|groepen|группы|グループ|群組|群组|网上论坛|그룹스)",
    r"(?:n't|not) have permission to (?:post|send|e-?mail|deliver)",
)
# Something about the sender, before anything else: "unknown" and "not found" are then about us.
SENDER = _any(
    r"sender (?:address )?(?:verify|verif|rejected|denied|blocked|is blocked|not auth|unknown|domain|was rejected|id )",
    r"(?:unknown|invalid|bad|unverified|unauthori[sz]ed|forged) sender|domain of (?:the )?sender|sender'?s? domain",
    r"(?:after|reply to|command:?|response to) (?:the )?mail from|from address|mail ?from domain|return[- ]path",
    r"(?:not|n't) (?:allowed|permitted|authori[sz]ed) to (?:send|submit)",
    r"helo (?:command|name)|(?:invalid|bad|reject\w{0,4}|unresolvable|not resolv\w{1,4}) [eh][eh]lo"
    r"|[eh][eh]lo (?:reject|inv)",
    r"client host|reverse (?:dns|host|lookup|name|map)|(?:no|without|missing) (?:a )?reverse|resolve your (?:ip|host)",
    r"mismatch\w{0,2} (?:with )?(?:the )?client ip|unverif\w{1,6} sending|cannot find your (?:reverse )?host",
    r"\br?dns(?:bl)? (?:lookup|check|record)s? (?:of|for) (?:your|the sending)|\brdns\b|\bptr\b",
    r"\bspf\b|\bdkim\b|\bdmarc\b|\bbimi\b|unauthenticated (?:e-?mail|sender)|authentication[- ](?:checks?|information)",
    r"relay(?:ing)? (?:access )?(?:denied|is prohibited|not permitted|not allowed|prohibited|restricted|attempt)",
    r"(?:unable|not permitted|not allowed|not authori[sz]ed|denied|do not|don't|cannot|can't|refused) to relay",
    r"(?:my|our) (?:host ?)?name was rejected|no access from mail server|(?:banned|invalid) (?:sending )?ip\b"
    r"|sending ip\b",
    r"(?:do not|don't|does not|not) relay|open relay|rcpthosts|not (?:a )?gateway",
)
# What never was a place for mail, however temporary the server takes it to be (RFC 7505).
NO_MAIL_EVER = _any(
    r"null ?mx|doesn.t receive email according to the administrator|mx or srv record indicated no smtp service"
)
LATER = _any(
    r"\btemporar(?:y|ily)\b",
    r"try (?:again )?(?:later|in a)|try your message later|retry (?:later|again)|(?:again|later) please",
    r"not found, try again",
    r"gr[ea]y-?list|early talker",
    r"suspended|frozen|account (?:is |was |has been )?locked|mailbox (?:is |was )?(?:locked|busy)|being (?:moved"
    r"|migrated)",
    r"too (?:quickly|many messages|much mail from|many recipients|many connections|many concurrent|fast)",
    r"receiving mail at a rate|rate[- ]limit|rate exceeded|exceeded (?:the )?(?:rate|hourly|daily|sending)|throttl",
    r"malformed (?:or unexpected )?name server|name ?server (?:error|failure|timeout)|name lookup fail",
    r"(?:dns|lookup|query|resolution)[^.]{0,20} (?:time|servfail)|servfail|host lookup did not complete",
    r"vorübergehend|später (?:noch ?mal|erneut)|temporairement|plus tard|réessayer|temporalmente|más tarde",
    r"temporariamente|mais tarde|temporaneamente|più tardi|tijdelijk|later opnieuw|chwilowo|tymczasowo|později",
    r"временно|позже|一時的|暂时|暫時|稍后|稍後|일시적",
)
TOO_LARGE = _any(
    r"(?:message|mail|e-mail|header|attachment)s? (?:is |was |are )?too (?:large|big|long)|too (?:large"
    r"|big) (?:a )?message",
    r"message (?:size|length) (?:exceed|is|limit|violat|too)|size (?:of (?:the )?message )?exceed",
    r"(?:maximum|max|fixed) (?:inbound |incoming |allowed |permitted )?(?:message|mail|size|header) ?(?:size|length"
    r"|limit)?",
    r"exceeds? (?:the )?(?:maximum|size)|larger than|size limit|exceeded storage allocation for",
    r"nachricht[^.]{0,20} zu gro|trop (?:gros|volumineux|grand)|demasiado grande|muito grande|troppo grande|te groot",
    r"слишком (?:большо|велик)|サイズが大き|サイズ制限|过大|超过大小",
)
FULL = _any(
    r"\bover ?-?quota\b",
    r"quota",
    r"(?:mail ?box|mail box|mailfolder|inbox|folder|mailbox for [^ ]{1,80}|account|maildir|spool|mail ?drop)"
    r" (?:is |has been |size )?(?:already |currently )?(?:full|over)",
    r"full (?:mail ?box|inbox)|mailfull|boxfull|too full|over (?:the |its |their |his )?(?:size|storage|limit|allowed)",
    r"(?:mailbox|storage|disk|account|mail box|inbox)[^.]{0,40} (?:exceed|limit|not enough|exhausted)",
    r"(?:exceeded|exceeds|exceeding|over)[^.]{0,30} (?:storage|disk|mailbox|inbox|space)",
    r"(?:out of|insufficient|not enough|no|low on) (?:disk |storage |mailbox |system |free )?(?:space|storage)",
    r"too much mail (?:data|in|stored)|too much mail$|too many messages (?:in|on) (?:this|the) (?:mailbox|account)",
    r"(?:bo[iî]te|messagerie)[^.]{0,30} (?:pleine|satur)|espace[^.]{0,20} insuffisant",
    r"(?:postfach|mailbox|speicher\w{0,8})[^.]{0,30} (?:voll|überschritten|erschöpft)|überfüllt",
    r"(?:buz[oó]n|casilla|cuenta)[^.]{0,30} (?:llen[oa]|excedid)|espacio[^.]{0,20} insuficiente|mailbox lleno",
    r"casella[^.]{0,30} piena|spazio[^.]{0,20} (?:insufficiente|esaurito)",
    r"caixa[^.]{0,30} (?:cheia|lotada)|espaço[^.]{0,20} insuficiente|postvak[^.]{0,20} vol|skrzynka[^.]{0,20} pełn",
    r"переполнен|превышен[аы]? (?:квот|размер ящика)|нет места",
    r"邮箱已满|邮箱空间不足|郵箱已滿|信箱已滿|空间不足|容量オーバー|容量を超|容量不足|一杯|いっぱい|용량|가득",
)
LISTED = _any(
    r"black ?-?(?:list|hole)|block ?-?list|blocked using|\bdnsbl\b|\brbl\b|spamhaus|spamcop|barracuda|sorbs|proofpoint",
    r"(?:bad|poor|low|negative) (?:ip |sender |domain |sending )?reputation|reputation (?:of|score|is)|\breputation\b",
    r"unsolicited|looks like spam|identified as spam|classified as spam|considered (?:as )?spam|spam message|as spam\b",
    r"detected as spam|spam detected|spam score|spam content|spam filter|high probability of spam|probable spam"
    r"|spam-like",
    r"your (?:ip|host|server|mail server|domain|network|isp|email provider|e?-?mail administrator'?s?) ",
    r"block(?:ed|ing) (?:for|by|due|because|from|mail)|(?:ip|host|client|address|server) [^ ]{0,45} ?(?:is |was "
    r"|has been )?"
    r"(?:blocked|banned|listed|black)",
    r"message (?:has been |was )?blocked|messages? from [^ ]{0,80} ?(?:were|was|are|wer)(?:n't| not) (?:sent|accepted)",
    r"virus|malware|phish|infected|bulk (?:e-?)?mail",
    r"content (?:was |is )?(?:rejected|filter|blocked|denied)",
    r"(?:message|mail|content|e-mail) (?:was |is |has been )?(?:rejected|refused|denied) (?:due to|by|for|because of) "
    r"(?:content|policy|security|spam|organi)",
    r"not accepting mail from|host network not allowed|service refuse|complaints?\b|als spam|como spam|comme spam|спам",
)
# Nobody is there by that name.
NO_USER = _any(
    r"(?:user|recipient|address|addressee|account|mailbox|mail address|person|local[ -]part|alias|addresses|customer"
    r"|subscriber|rcpt)(?: name)? (?:is |was )?(?:unknown|not known|not found|nonexistent|non-existent|not exist"
    r"|undefined)",
    r"(?:unknown|no such|nonexistent|non-existent|illegal|undefined|unrecogni[sz]ed)(?: or illegal| or invalid)?"
    r"(?: local| virtual| mail| e-?mail| internet)? (?:user|recipient|address|e-?mail|account|mailbox|mail box|person"
    r"|local[ -]part|alias|addressee|name|id\b|destination|customer|subscriber|rcpt)",
    r"user [^ ]{0,80} ?(?:unknown|not found|does not exist|not listed|not known)|recipient[_ ]unknown"
    r"|unknown[_ ]recipient",
    r"(?:does|do|did|doesn.t|don.t)(?: not)? exist\b|\bnot exist\b|nosuchuser|usernotfound|user_?unknown",
    r"no longer exists?|recipnotfound|recipientnotfound|not found by smtp address lookup|bad_recipient",
    r"(?:not|isn.t|are not|n't) (?:a |an )?(?:valid|known|existing|correct|registered|active|real|deliverable)"
    r"(?: [^ ]{1,20})? (?:user|recipient|mailbox|address|account|e-?mail|subscriber|customer)",
    r"(?:invalid|incorrect|bad|wrong)(?: destination)?(?: or unknown| or inactive)? (?:recipient|mailbox|user|account"
    r"|address|e-?mail|final|rcpt)",
    r"(?:recipient|mailbox|address|user|addresses)(?: is| was| are|:)? (?:invalid|incorrect|wrong|not valid"
    r"|unrouteable)",
    r"no (?:such )?(?:mail ?box|mail box|user|account|recipient|one|subscriber)s?(?: available| found)?(?: here)?"
    r" (?:here )?(?:by|with|of|under|for|found|available|exists?|at|in) (?:that|this|the|user|here|such)?",
    r"no mail ?box (?:found|available|here)|no (?:recipients?|users?) (?:found|here|by)|mailbox not found",
    r"doesn.t have an? [^ ]{1,60} (?:account|mailbox)|not have an? [^ ]{0,60} ?(?:account|mailbox|final)",
    r"not (?:listed|found|present|defined) in (?:[^ ]{1,40} ){0,4}(?:directory|table|list|database|address book)",
    r"name (?:is |was )?not recogni[sz]ed|not a local (?:user|mailbox|address)|recipient not recogni[sz]ed",
    r"(?:wasn.t|couldn.t be|could not be|was not|can.t be|cannot be) found (?:at|on|in the)?",
    r"wrong or no longer valid|no longer valid",
    r"mailbox (?:is )?unavailable|mailbox not available|invalid mailbox",
    r"unrouteable address|unroutable address|no valid recipients?|undeliverable address",
    r"not our customer|recipient no longer|did not exactly match|final e-?mail delivery point",
    r"address(?:es)? couldn.t be found|unable to find recipient|no such (?:user|person)|unknown recipient",
    r"check (?:if|that|whether) (?:the )?(?:e-?mail )?address is correct|is misspelled or|typed incorrectly",
    r"n.existe (?:pas|plus)|(?:utilisateur|destinataire|adresse|bo[iî]te)[^.]{0,30} (?:inconnue?|inexistant"
    r"|introuvable)"
    r"|non recens|adresse d au moins un destinataire invalide|destinataire invalide",
    r"(?:empf[aä]nger|benutzer|adresse|postfach|teilnehmer)[^.]{0,40} (?:unbekannt|existiert nicht|ung[uü]ltig|nicht"
    r" (?:gefunden|bekannt|vorhanden|verfügbar))|unbekannte[rn]? (?:benutzer|nutzer|empf|adress|teilnehmer)",
    r"(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n)[^.]{0,30} (?:desconocid|no existe|inexistente|no v[aá]lid"
    r"|inv[aá]lid|no encontrad)|no existe",
    r"(?:utente|destinatario|indirizzo|casella)[^.]{0,30} (?:sconosciut|inesistente|non valid|non trovat"
    r"|non disponibile)"
    r"|non esiste|inesistente",
    r"(?:usu[aá]rio|destinat[aá]rio|conta|endereço|caixa)[^.]{0,30} (?:desconhecid|n[aã]o existe|inexistente|inv[aá]lid"
    r"|n[aã]o encontrad)|n[aã]o existe",
    r"(?:gebruiker|ontvanger|adres)[^.]{0,30} (?:onbekend|bestaat niet|ongeldig|niet gevonden)|bestaat niet",
    r"(?:użytkownik|odbiorc|adres|konto|skrzynk)[^.]{0,30} (?:nieznany|nie istnieje|niedost[eę]pn|nieprawid)"
    r"|nie istnieje",
    r"(?:uživatel|adresát|adresa|schránka)[^.]{0,30} (?:neznám|neexistuje)|neexist|(?:okänd|ukjent|ukendt"
    r"|tuntematon) (?:m|a|b|v)",
    r"(?:kullan.c.|al.c.|adres)[^.]{0,30} (?:bulunamad|bilinmiyor|geçersiz|yok)",
    r"не существует|не найден|неизвестн\w{1,3} (?:пользовател|получател|адрес)|(?:пользователь|получатель"
    r"|адрес) неизвест|недействительн\w{0,3} (?:ящик|адрес)|такого (?:пользователя|адреса|ящика)",
    r"不存在|没有该用户|用户未找到|查无此|無此|找不到|存在しません|見つかりません|見つかりませんでした|宛先不明|あて先が",
    r"宛先が(?:不明|間違)|存在しない|알 수 없는 (?:사용자|수신|주소)|존재하지 않",
)
# Somebody was there once.
GONE = _any(
    r"(?:account|mailbox|user|address|recipient)[^.;]{0,60} (?:is|was|been|or) (?:disabled|deactivated"
    r"|discontinued|terminated|closed)",
    r"(?:account|mailbox|user) (?:disabled|deactivated|discontinued|terminated|closed|inactive)",
    r"\b(?:disabled|deactivated|discontinued|inactive|closed|deleted|expired) (?:account|mailbox|user|recipient"
    r"|address)",
    r"(?:account|mailbox|user|recipient)[^.;]{0,60} (?:is inactive|not active|has been deleted|was deleted|is deleted)",
    r"no longer (?:in use|used|active|available|employed|works?|on|at|here|accept|with|a member|a valid|receiv"
    r"|monitored)",
    r"(?:user|recipient|he|she|has|mailbox) (?:has )?moved|not? longer (?:valid|active)|address changed|retired",
    r"nicht mehr (?:aktiv|gültig|verwendet|verfügbar)|(?:konto|postfach|adresse|benutzer)[^.]{0,30} deaktiviert"
    r"|(?:compte|bo[iî]te)[^.]{0,30} désactivé|plus (?:valide|actif|utilisée?)",
    r"desactivad|ya no (?:existe|es v[aá]lid)|desativad|disattivat|niet meer (?:actief|in gebruik)|(?:ящик"
    r"|пользователь|аккаунт)[^.]{0,30} (?:заблокирован|удал[её]н\b)",
)
NO_HOST = _any(
    r"(?:host|domain|hostname|domain name|mail server)(?: or domain)?(?: name)? "
    r"(?:is |was )?(?:unknown|not found|does not exist|nonexistent|not exist|not known|couldn.t be found|unrouteable)",
    r"(?:unknown|no such|nonexistent|non-existent|illegal|bad|invalid) (?:host|domain|host/domain|destination domain"
    r"|mail server)",
    r"nxdomain|unrouteable mail domain|unroutable domain|no mail hosts? for|no such host|name or service not known",
    r"mx records? (?:point|resolve)|no (?:mx|mx or a|a or mx)(?: record|s)?|no (?:mail exchanger|address associated)",
    r"dns error|name service error|could not find the domain|unable to resolve|domain (?:name )?not found|host unknown",
    r"(?:does|do|doesn.t|do not|does not|not)(?: not)? accept (?:any )?(?:e-?)?mail|no (?:e-?)?mail accepted",
    r"host [^ ]{1,100} (?:not found|unknown)|(?:521|556) [^;]{0,80}not accept|check the domain|couldn.t find any host"
    r"|(?:couldn.t|could not|cannot|can.t) find (?:host|a mail|an mx|the host|route)",
)
NETWORK = _any(
    r"time(?:d)?[ -]?out|connection (?:refused|reset|closed|lost|failed|dropped|to|died|attempt|was|broken)"
    r"|connect(?:ion)? fail",
    r"(?:could not|couldn.t|unable to|cannot|can.t|wasn.t able to|failed to) (?:be )?(?:connect|establish|reach"
    r"|contact)",
    r"unreachable|not reachable|no route|network (?:error|problem|fail|is|unreach|i/o)|not respond|n.t respond"
    r"|no answer"
    r"|host is down|is down|requests? to connect|refused to talk",
    r"too many|rate limit|throttl|deferred|expired|queue|retry|(?:\d|delivery|several|many|multiple|maximum"
    r"|repeated) attempts\b(?!: ?0)|lifetime|waiting for",
    r"resources|busy|overload|unavailable|insufficient|out of memory|system error|delayed|try again|later",
    r"find a gateway|loop|hops|collected|\block(?:ed|file)?\b|command died|over load|excessive|local error"
    r"|configuration|not available",
    r"(?:within|after|for|last) (?:the last )?\d{1,7} (?:day|hour|minute|second)|file write error|write error",
)
REFUSED = _any(
    r"spam|junk|policy|polic|prohibit|denied|not allowed|not permitted|not authori|refused|banned|forbidden|blocked",
    r"restrict|violat|complain|authenticat|suspicious|attachment|not accept|filter|reject|security|header|field",
    r"abgelehnt|verweigert|rejet|refusé|rechazad|denegad|rejeitad|recusad|rifiutat|respint|geweigerd|отклон|запрещ"
    r"|отказ",
    r"拒否|拒绝|拒絕|거부",
)
ANSWER = re.compile(r"(?<![\d.])([2-5][0-5]\d)(?![\d.])")
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
