"""What the platform's own mails say, by language; those that a list's readers and senders get, in that of its pages."""

from dataclasses import dataclass
from typing import Final

from postrider.content.kinds import SystemMail


@dataclass(frozen=True, kw_only=True)
class Words:
    subject: str
    before: str
    action: str
    after: str


WORDS: Final[dict[SystemMail, dict[str, Words]]] = {
    SystemMail.ACCOUNT_CONFIRM: {
        "en": Words(
            subject="Confirm your account",
            before="Your account [name] has been created. Confirm your address to start using it.",
            action="Confirm my account",
            after="If you did not ask for this, you can ignore this message.",
        ),
        "fr": Words(
            subject="Confirmez votre compte",
            before="Votre compte [name] a été créé. Confirmez votre adresse pour commencer à l'utiliser.",
            action="Confirmer mon compte",
            after="Si vous n'avez rien demandé, ignorez ce message.",
        ),
    },
    SystemMail.USER_CONFIRM: {
        "en": Words(
            subject="Choose your password",
            before="You have been invited to [name]. Confirm your address and choose a password.",
            action="Choose my password",
            after="If you do not know what this is about, you can ignore this message.",
        ),
        "fr": Words(
            subject="Choisissez votre mot de passe",
            before="Vous êtes invité à rejoindre [name]. Confirmez votre adresse et choisissez un mot de passe.",
            action="Choisir mon mot de passe",
            after="Si vous ne savez pas de quoi il s'agit, ignorez ce message.",
        ),
    },
    SystemMail.SENDER_CONFIRM: {
        "en": Words(
            subject="Confirm your sender address",
            before="The address [email] is to be used as a sender by [name]. Confirm that it is yours.",
            action="Confirm this address",
            after="If it is not you who asked for this, ignore this message: nothing will be sent from your address.",
        ),
        "fr": Words(
            subject="Confirmez votre adresse d'expéditeur",
            before="[name] souhaite utiliser l'adresse [email] comme expéditeur. Confirmez qu'elle est à vous.",
            action="Confirmer cette adresse",
            after="Si vous n'avez rien demandé, ignorez ce message : rien ne sera envoyé depuis votre adresse.",
        ),
        "de": Words(
            subject="Bestätigen Sie Ihre Absenderadresse",
            before="[name] möchte die Adresse [email] als Absender verwenden. Bestätigen Sie, dass sie Ihnen gehört.",
            action="Adresse bestätigen",
            after="Wenn Sie das nicht veranlasst haben, ignorieren Sie diese Nachricht: Von Ihrer Adresse wird nichts versendet.",
        ),
        "es": Words(
            subject="Confirme su dirección de remitente",
            before="[name] quiere usar la dirección [email] como remitente. Confirme que es suya.",
            action="Confirmar la dirección",
            after="Si no lo ha solicitado, ignore este mensaje: no se enviará nada desde su dirección.",
        ),
        "it": Words(
            subject="Confermi il suo indirizzo mittente",
            before="[name] vuole usare l'indirizzo [email] come mittente. Confermi che è suo.",
            action="Confermare l'indirizzo",
            after="Se non lo ha richiesto, ignori questo messaggio: dal suo indirizzo non verrà inviato nulla.",
        ),
        "nl": Words(
            subject="Bevestig uw afzenderadres",
            before="[name] wil het adres [email] als afzender gebruiken. Bevestig dat het van u is.",
            action="Adres bevestigen",
            after="Hebt u hier niet om gevraagd, negeer dan dit bericht: er wordt niets vanaf uw adres verzonden.",
        ),
        "pt": Words(
            subject="Confirme o seu endereço de remetente",
            before="[name] quer usar o endereço [email] como remetente. Confirme que é seu.",
            action="Confirmar o endereço",
            after="Se não fez este pedido, ignore esta mensagem: nada será enviado a partir do seu endereço.",
        ),
    },
    SystemMail.PASSWORD_RESET: {
        "en": Words(
            subject="Reset your password",
            before="Someone asked for a new password for [email].",
            action="Choose a new password",
            after="If it was not you, ignore this message: your password stays as it is.",
        ),
        "fr": Words(
            subject="Réinitialisez votre mot de passe",
            before="Un nouveau mot de passe a été demandé pour [email].",
            action="Choisir un nouveau mot de passe",
            after="Si ce n'est pas vous, ignorez ce message : votre mot de passe reste le même.",
        ),
    },
    SystemMail.SUBSCRIPTION_CONFIRM: {
        "en": Words(
            subject="Confirm your subscription",
            before="Please confirm that you want to receive mail from [name].",
            action="Confirm my subscription",
            after="If you did not subscribe, ignore this message: you will not hear from us again.",
        ),
        "fr": Words(
            subject="Confirmez votre abonnement",
            before="Confirmez que vous souhaitez recevoir les messages de [name].",
            action="Confirmer mon abonnement",
            after="Si vous ne vous êtes pas abonné, ignorez ce message : vous n'en recevrez pas d'autre.",
        ),
        "de": Words(
            subject="Bestätigen Sie Ihre Anmeldung",
            before="Bitte bestätigen Sie, dass Sie Nachrichten von [name] erhalten möchten.",
            action="Anmeldung bestätigen",
            after="Wenn Sie sich nicht angemeldet haben, ignorieren Sie diese Nachricht: Sie hören dann nichts mehr von uns.",
        ),
        "es": Words(
            subject="Confirme su suscripción",
            before="Confirme que desea recibir mensajes de [name].",
            action="Confirmar la suscripción",
            after="Si no se ha suscrito, ignore este mensaje: no recibirá ningún otro.",
        ),
        "it": Words(
            subject="Confermi la sua iscrizione",
            before="Confermi di voler ricevere i messaggi di [name].",
            action="Confermare l'iscrizione",
            after="Se non si è iscritto, ignori questo messaggio: non ne riceverà altri.",
        ),
        "nl": Words(
            subject="Bevestig uw inschrijving",
            before="Bevestig dat u berichten van [name] wilt ontvangen.",
            action="Inschrijving bevestigen",
            after="Hebt u zich niet ingeschreven, negeer dan dit bericht: u hoort verder niets van ons.",
        ),
        "pt": Words(
            subject="Confirme a sua inscrição",
            before="Confirme que deseja receber mensagens de [name].",
            action="Confirmar a inscrição",
            after="Se não se inscreveu, ignore esta mensagem: não receberá mais nenhuma.",
        ),
    },
}
