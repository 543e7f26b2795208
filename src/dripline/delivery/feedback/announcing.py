"""Words by which servers announce that mail came back, or that it will be late, in the languages that they speak.

Only phrases, no nested repetition: they are searched in text that strangers wrote.
"""

import re

DAEMON = re.compile(
    r"mailer[-_ ]?daemon|mail\.?delivery|post[-_. ]?master|mail delivery (?:sub)?system|system ?administrator"
    r"|delivery subsystem|\bndr\b|mdaemon|mail administrator|jetmail|non-?delivery|\bndr@|bounce handler"
    r"|microsoft ?(?:outlook|exchange)|mail (?:system|router|transfer agent)|mailrouter|mailsystem|post ?office@"
    r"|administrateur syst|systemadministrator|système de messagerie|почтовая система|邮件系统|メールシステム",
    re.IGNORECASE,
)
SERVER = re.compile(r"mailer-?daemon|post_?master@|\bmdaemon@|<>", re.IGNORECASE)
# By language. Subjects that people write are no reason yet: the text has to agree.
SUBJECT = re.compile(
    r"undeliver|returned (?:mail|to sender|e-?mail)|mail (?:delivery )?(?:failed|failure|system error|error"
    r"|not delivered)|(?:e-?mail|message) (?:delivery )?(?:failed|failure|error|problem|rejected|returned|undelivered)"
    r"|failure (?:notice|delivery)|delivery (?:status )?(?:notification|failure|failed|report|error|problem|warning)"
    r"|delivery has failed|non-?delivery|could not be delivered|failed mail|message delivery|rejected mail"
    r"|not delivered|permanent (?:delivery )?failure|impossible de|user unknown|bounced? (?:mail|message)|mail bounced"
    r"|warning: (?:message|could not|[^ ]{1,80} - user)|delayed|processing error|mailbox (?:is )?full|over quota"
    r"|delivery (?:is )?delayed|failed to deliver|returning (?:message )?to sender|nondelivery|unable to deliver"
    r"|(?:mail|nachricht|zustellung)[^.]{0,30} (?:konnte|nicht|fehlgeschlagen|gescheitert)|unzustellbar"
    r"|nicht zustellbar"
    r"|unzugestellt|zustell(?:fehler|problem|status)|fehler bei der zustellung|übermittlungsfehler|mail nicht"
    r"|non remis|mail revenu|non recens|non distribu|non délivr|(?:échec|echec|erreur|problème) (?:de|à"
    r"|dans)? ?(?:la )?"
    r"(?:remise|livraison|distribution|délivr|envoi|transmission)|avis de non|état de (?:la )?remise"
    r"|no se (?:pudo|puede|ha podido) (?:entregar|enviar)|(?:correo|mensaje) (?:no entregado|devuelto|rechazado)"
    r"|(?:error|fallo|falla) (?:de|en la|al) entrega|no entregado|estado de entrega"
    r"|não (?:foi possível|entregue|pôde)|falha na entrega|(?:mensagem|e-?mail) (?:devolvid|não entreg|rejeitad)"
    r"|status d[ea] entrega|erro (?:na|de|ao) entreg"
    r"|impossibile (?:consegnare|recapitare)|(?:mancat|errore|notifica)[^.]{0,20} (?:consegna|recapito)|non recapitat"
    r"|onbestelbaar|niet (?:bezorgd|afgeleverd)|kan niet worden (?:bezorgd|afgeleverd)|bezorg(?:fout|ing mislukt)"
    r"|niedostarczon|nie (?:można|udało się) dostarczyć|zwrot (?:wiadomo|poczt)|nedoručiteln|nedoruče"
    r"|(?:kan|kunde|kunne) (?:inte|ikke) (?:levere|leverer)|olever|ikke leveret|ei voitu toimittaa|toimittama"
    r"|kézbesít|teslim edileme|iletileme|nelivr|неда?доставл|недоставл|не доставл|не удалось доставить|ошибка доставки"
    r"|(?:配信|送信|配送|送達|配達)(?:不能|でき|失敗|エラー|状態|状況)|(?:未|不)(?:配信|送信|送達|着)|エラー(?:メール|通知)"
    r"|メールエラー|退信|传输失败|投递失败|无法投递|未送达|发送失败|無法(?:傳送|傳遞|投遞)|未傳遞|寄送失敗"
    r"|반송|배달되지|전송 ?실패|발송 ?실패",
    re.IGNORECASE,
)
FAILURE = re.compile(
    r"(?:not|n't|un\w{2,6}|failed to|unable to|impossible to) (?:yet )?(?:be |been )?(?:able to )?(?:deliver"
    r"|reach|send)"
    r"|undeliver|(?:delivery|delevery)[^.]{0,60} (?:failed|has failed|failure|aborted|delayed|errors)|not delivered"
    r"|did not (?:reach|receive)|failed (?:permanently|recipients?|addresses)|following (?:address"
    r"|recipient)[^.]{0,40} failed"
    r"|not yet been delivered|permanent (?:fatal )?error|fatal errors|has been returned|non-delivery"
    r"|been delayed|postponed|error delivering|delivery status notification|returned to (?:the )?sender"
    r"|unknown user|user unknown|no such user|invalid (?:final delivery|user|recipient)|rejected by"
    r"|automatically rejected"
    r"|delivery problems|(?:was|been) rejected|mail ?box (?:is )?full|host unknown|address unknown|unknown address"
    r"|wasn't able to deliver|not able to deliver|problem with the e-mail address|mail error"
    r"|did not exactly match|error-for:|too many hops|no longer valid|could not be (?:delivered|reached|sent)"
    r"|delivery failed|mail failed|failed addresses|error while being processed|does not exist|unable to send"
    r"|permanent failure|trouble delivering|error sending|could not deliver|cannot be delivered|can't be delivered"
    r"|n'a pas pu|konnte nicht|nicht (?:zugestellt|zustellbar|erreichbar)|unzustellbar|impossible de (?:remettre"
    r"|délivrer)"
    r"|non (?:remis|délivré|distribué)|no (?:pudo|ha podido|se ha podido|se pudo|fue posible)|no entregad"
    r"|não (?:foi possível|pôde|foi entregue)|impossibile (?:consegnare|recapitare)|non (?:è stato|recapitat|consegnat)"
    r"|kon niet worden|kan niet worden|niet (?:bezorgd|afgeleverd)|nie (?:można|mogła|udało)|nelze doruč"
    r"|(?:kunde|kunne) (?:inte|ikke)|teslim edileme|не (?:может|доставлено|удалось|было доставлено)|недоставл"
    r"|无法|失败|被退回|無法|できませんでした|できません|届けられ|届きません|못했|실패|반송",
    re.IGNORECASE,
)
DELAY = re.compile(
    r"not yet been delivered|will be re-?tried|warning (?:message )?only|(?:delivery )?attempts will continue"
    r"|we will continue to|will keep trying|has been (?:postponed|delayed)|being retried|still trying to deliver"
    r"|is delayed|will continue trying|will be attempted again|retry[^.]{0,30} for (?:up to )?\d"
    r"|temporary failure report"
    r"|will (?:try|retry) (?:again|to (?:send|deliver))|remains in the (?:server )?queue|do not need to resend"
    r"|delivery[^.]{0,20} delayed|wird weiter(?:hin)? versuch|noch nicht zugestellt|verzögert|retardée?\b|différée?\b"
    r"|se (?:seguirá|continuará) intentando|con(?:tinuará|tinuaremos) (?:a )?tentando|retrasad|adiad[ao]"
    r"|continuerà a tentare|vertraagd|opnieuw geprobeerd|задерж|повторн\w{1,4} попытк|遅延|再送を|延迟|延遲",
    re.IGNORECASE,
)
OVER = re.compile(
    r"failed permanently|given up|giving up|permanent (?:error|failure|fatal)|no further attempts|will not be retried"
    r"|endgültig|définitiv|permanente[^.]{0,10} (?:error|erro|errore)|last attempt failed",
    re.IGNORECASE,
)
# Where the notice ends and what it brings back begins.
RETURNED = re.compile(
    r"^\W{0,12}(?:below this line|below the next line|original (?:message|mail|e-mail)(?! (?:id|was|to)\b)"
    r"|forwarded message"
    r"|(?:this|here) is a copy|included is a copy|a copy of the|(?:the )?(?:message|mail) (?:header|text|body)s?\b"
    r"|the headers? (?:of|and)|header of the|returned (?:mail|message)|start of returned|unsent message"
    r"|your message reads"
    r"|a summary of the undelivered|the first \d|old message|attachment is a copy|begin (?:original|message)"
    r"|undelivered message"
    r"|copy of (?:the|your) (?:message|mail)|mensaje original|message d'origine|urspr.ngliche nachricht|end of message)"
    r"|^>?(?:received|return-path|message-id|mime-version|x-mailer|dkim-signature): ",
    re.IGNORECASE,
)
