"""What the pages of forms and preferences say, by language."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """`{list}` stands for the name of the list, `{field}` for that of an input."""

    subscribe: str
    email: str
    trap: str
    error: str
    bad_email: str
    bad_value: str
    check_title: str
    check: str
    thanks_title: str
    thanks: str
    too_many_title: str
    too_many: str
    confirm_title: str
    confirm: str
    confirm_button: str
    confirmed: str
    expired_title: str
    expired: str
    preferences: str
    about: str
    interests: str
    save: str
    saved: str
    leave_title: str
    leave: str
    leave_all: str
    left: str
    left_all: str
    away: str
    come_back: str
    asked: str


_WORDS = {
    "en": Words(
        subscribe="Subscribe",
        email="Email address",
        trap="Leave this field empty",
        error="Error",
        bad_email="Enter an email address like name@example.com.",
        bad_value="What you entered for “{field}” does not fit.",
        check_title="Check your mailbox",
        check="We have sent you a message. Follow the link in it to confirm your subscription.",
        thanks_title="Thank you",
        thanks="Your subscription has been received.",
        too_many_title="Too many attempts",
        too_many="Please try again later.",
        confirm_title="Confirm your subscription",
        confirm="Do you want to receive mail of “{list}”?",
        confirm_button="Confirm my subscription",
        confirmed="You are subscribed.",
        expired_title="The link does not work any more",
        expired="Links like this one work for seven days. Please subscribe again.",
        preferences="Your preferences",
        about="You receive mail of “{list}”.",
        interests="What are you interested in?",
        save="Save",
        saved="Your preferences have been saved.",
        leave_title="Receive less mail",
        leave="Unsubscribe from “{list}”",
        leave_all="Unsubscribe from all mail of this sender",
        left="You receive no more mail of “{list}”.",
        left_all="You receive no more mail of this sender.",
        away="You do not receive mail of “{list}”.",
        come_back="Subscribe again",
        asked="We have sent you a message. Follow the link in it to subscribe again.",
    ),
    "fr": Words(
        subscribe="S'abonner",
        email="Adresse électronique",
        trap="Laissez ce champ vide",
        error="Erreur",
        bad_email="Saisissez une adresse comme nom@example.com.",
        bad_value="Ce que vous avez saisi pour « {field} » ne convient pas.",
        check_title="Consultez votre boîte aux lettres",
        check="Nous vous avons envoyé un message. Suivez le lien qu'il contient pour confirmer votre abonnement.",
        thanks_title="Merci",
        thanks="Votre abonnement a bien été reçu.",
        too_many_title="Trop de tentatives",
        too_many="Veuillez réessayer plus tard.",
        confirm_title="Confirmez votre abonnement",
        confirm="Souhaitez-vous recevoir les courriels de « {list} » ?",
        confirm_button="Confirmer mon abonnement",
        confirmed="Vous êtes abonné.",
        expired_title="Ce lien ne fonctionne plus",
        expired="Un tel lien fonctionne pendant sept jours. Veuillez vous abonner de nouveau.",
        preferences="Vos préférences",
        about="Vous recevez les courriels de « {list} ».",
        interests="Qu'est-ce qui vous intéresse ?",
        save="Enregistrer",
        saved="Vos préférences ont été enregistrées.",
        leave_title="Recevoir moins de courriels",
        leave="Se désabonner de « {list} »",
        leave_all="Se désabonner de tous les courriels de cet expéditeur",
        left="Vous ne recevrez plus de courriels de « {list} ».",
        left_all="Vous ne recevrez plus de courriels de cet expéditeur.",
        away="Vous ne recevez pas les courriels de « {list} ».",
        come_back="S'abonner de nouveau",
        asked="Nous vous avons envoyé un message. Suivez le lien qu'il contient pour vous abonner de nouveau.",
    ),
    "de": Words(
        subscribe="Anmelden",
        email="E-Mail-Adresse",
        trap="Dieses Feld bitte leer lassen",
        error="Fehler",
        bad_email="Geben Sie eine E-Mail-Adresse wie name@example.com ein.",
        bad_value="Ihre Eingabe für „{field}“ passt nicht.",
        check_title="Sehen Sie in Ihr Postfach",
        check="Wir haben Ihnen eine Nachricht geschickt. Folgen Sie dem Link darin, um die Anmeldung zu bestätigen.",
        thanks_title="Vielen Dank",
        thanks="Ihre Anmeldung ist eingegangen.",
        too_many_title="Zu viele Versuche",
        too_many="Bitte versuchen Sie es später noch einmal.",
        confirm_title="Anmeldung bestätigen",
        confirm="Möchten Sie E-Mails von „{list}“ erhalten?",
        confirm_button="Anmeldung bestätigen",
        confirmed="Sie sind angemeldet.",
        expired_title="Der Link gilt nicht mehr",
        expired="Solche Links gelten sieben Tage lang. Bitte melden Sie sich noch einmal an.",
        preferences="Ihre Einstellungen",
        about="Sie erhalten E-Mails von „{list}“.",
        interests="Was interessiert Sie?",
        save="Speichern",
        saved="Ihre Einstellungen sind gespeichert.",
        leave_title="Weniger E-Mails erhalten",
        leave="Von „{list}“ abmelden",
        leave_all="Von allen E-Mails dieses Absenders abmelden",
        left="Sie erhalten keine E-Mails von „{list}“ mehr.",
        left_all="Sie erhalten keine E-Mails dieses Absenders mehr.",
        away="Sie erhalten keine E-Mails von „{list}“.",
        come_back="Wieder anmelden",
        asked="Wir haben Ihnen eine Nachricht geschickt. Folgen Sie dem Link darin, um sich wieder anzumelden.",
    ),
    "es": Words(
        subscribe="Suscribirse",
        email="Correo electrónico",
        trap="Deje este campo vacío",
        error="Error",
        bad_email="Escriba una dirección como nombre@example.com.",
        bad_value="Lo que escribió en «{field}» no es válido.",
        check_title="Revise su buzón",
        check="Le hemos enviado un mensaje. Siga el enlace que contiene para confirmar su suscripción.",
        thanks_title="Gracias",
        thanks="Hemos recibido su suscripción.",
        too_many_title="Demasiados intentos",
        too_many="Vuelva a intentarlo más tarde.",
        confirm_title="Confirme su suscripción",
        confirm="¿Quiere recibir correos de «{list}»?",
        confirm_button="Confirmar mi suscripción",
        confirmed="Se ha suscrito.",
        expired_title="El enlace ya no funciona",
        expired="Estos enlaces funcionan durante siete días. Suscríbase de nuevo.",
        preferences="Sus preferencias",
        about="Usted recibe correos de «{list}».",
        interests="¿Qué le interesa?",
        save="Guardar",
        saved="Sus preferencias se han guardado.",
        leave_title="Recibir menos correos",
        leave="Darse de baja de «{list}»",
        leave_all="Darse de baja de todos los correos de este remitente",
        left="Ya no recibirá correos de «{list}».",
        left_all="Ya no recibirá correos de este remitente.",
        away="Usted no recibe correos de «{list}».",
        come_back="Suscribirse de nuevo",
        asked="Le hemos enviado un mensaje. Siga el enlace que contiene para suscribirse de nuevo.",
    ),
    "it": Words(
        subscribe="Iscriviti",
        email="Indirizzo e-mail",
        trap="Lascia vuoto questo campo",
        error="Errore",
        bad_email="Inserisci un indirizzo come nome@example.com.",
        bad_value="Il valore inserito per “{field}” non è valido.",
        check_title="Controlla la tua posta",
        check="Ti abbiamo inviato un messaggio. Segui il link che contiene per confermare l'iscrizione.",
        thanks_title="Grazie",
        thanks="Abbiamo ricevuto la tua iscrizione.",
        too_many_title="Troppi tentativi",
        too_many="Riprova più tardi.",
        confirm_title="Conferma l'iscrizione",
        confirm="Vuoi ricevere le e-mail di “{list}”?",
        confirm_button="Conferma la mia iscrizione",
        confirmed="Iscrizione confermata.",
        expired_title="Il link non funziona più",
        expired="Questi link valgono per sette giorni. Iscriviti di nuovo.",
        preferences="Le tue preferenze",
        about="Ricevi le e-mail di “{list}”.",
        interests="Che cosa ti interessa?",
        save="Salva",
        saved="Le tue preferenze sono state salvate.",
        leave_title="Ricevere meno e-mail",
        leave="Annulla l'iscrizione a “{list}”",
        leave_all="Annulla l'iscrizione a tutte le e-mail di questo mittente",
        left="Non riceverai più le e-mail di “{list}”.",
        left_all="Non riceverai più e-mail da questo mittente.",
        away="Non ricevi le e-mail di “{list}”.",
        come_back="Iscriviti di nuovo",
        asked="Ti abbiamo inviato un messaggio. Segui il link che contiene per iscriverti di nuovo.",
    ),
    "nl": Words(
        subscribe="Inschrijven",
        email="E-mailadres",
        trap="Laat dit veld leeg",
        error="Fout",
        bad_email="Vul een e-mailadres in zoals naam@example.com.",
        bad_value="Wat u bij “{field}” invulde, past niet.",
        check_title="Kijk in uw mailbox",
        check="We hebben u een bericht gestuurd. Volg de link daarin om uw inschrijving te bevestigen.",
        thanks_title="Dank u wel",
        thanks="We hebben uw inschrijving ontvangen.",
        too_many_title="Te veel pogingen",
        too_many="Probeer het later nog eens.",
        confirm_title="Bevestig uw inschrijving",
        confirm="Wilt u e-mail van “{list}” ontvangen?",
        confirm_button="Mijn inschrijving bevestigen",
        confirmed="U bent ingeschreven.",
        expired_title="De link werkt niet meer",
        expired="Zulke links werken zeven dagen. Schrijf u opnieuw in.",
        preferences="Uw voorkeuren",
        about="U ontvangt e-mail van “{list}”.",
        interests="Waar hebt u belangstelling voor?",
        save="Opslaan",
        saved="Uw voorkeuren zijn opgeslagen.",
        leave_title="Minder e-mail ontvangen",
        leave="Uitschrijven van “{list}”",
        leave_all="Uitschrijven van alle e-mail van deze afzender",
        left="U ontvangt geen e-mail van “{list}” meer.",
        left_all="U ontvangt geen e-mail van deze afzender meer.",
        away="U ontvangt geen e-mail van “{list}”.",
        come_back="Opnieuw inschrijven",
        asked="We hebben u een bericht gestuurd. Volg de link daarin om u opnieuw in te schrijven.",
    ),
    "pt": Words(
        subscribe="Inscrever-se",
        email="Endereço de e-mail",
        trap="Deixe este campo vazio",
        error="Erro",
        bad_email="Escreva um endereço como nome@example.com.",
        bad_value="O que escreveu em “{field}” não é válido.",
        check_title="Veja a sua caixa de correio",
        check="Enviámos-lhe uma mensagem. Siga a ligação que ela contém para confirmar a sua inscrição.",
        thanks_title="Obrigado",
        thanks="Recebemos a sua inscrição.",
        too_many_title="Demasiadas tentativas",
        too_many="Tente de novo mais tarde.",
        confirm_title="Confirme a sua inscrição",
        confirm="Quer receber e-mails de “{list}”?",
        confirm_button="Confirmar a minha inscrição",
        confirmed="A sua inscrição está feita.",
        expired_title="A ligação já não funciona",
        expired="Estas ligações funcionam durante sete dias. Inscreva-se de novo.",
        preferences="As suas preferências",
        about="Recebe e-mails de “{list}”.",
        interests="O que lhe interessa?",
        save="Guardar",
        saved="As suas preferências foram guardadas.",
        leave_title="Receber menos e-mails",
        leave="Cancelar a inscrição em “{list}”",
        leave_all="Cancelar todos os e-mails deste remetente",
        left="Deixa de receber e-mails de “{list}”.",
        left_all="Deixa de receber e-mails deste remetente.",
        away="Não recebe e-mails de “{list}”.",
        come_back="Inscrever-se de novo",
        asked="Enviámos-lhe uma mensagem. Siga a ligação que ela contém para se inscrever de novo.",
    ),
}


def words(language: str) -> tuple[str, Words]:
    """(language of the words, words): those of the language, of its family, or English."""
    family = language.replace("-", "_").split("_")[0].lower()
    return (family, _WORDS[family]) if family in _WORDS else ("en", _WORDS["en"])
