"""The domain that mails come from, as SES knows it: signed (DKIM), with its own return path (SPF), and a policy."""

from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.cdk.asking import Asking

_KEYS = 3  # of Easy DKIM


class Identity(Construct):
    """The identity, and its records where the zone is in Route 53; elsewhere the outputs say what to enter."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: ses.ConfigurationSet) -> None:
        """Make the identity of the domain of the stage's sender."""
        super().__init__(scope, construct_id)
        stack = Asking.around(self)
        stage = stack.stage
        domain, back = stage.mail_domain, stage.mails.bounces_from
        self.made = ses.CfnEmailIdentity(
            self,
            "Domain",
            email_identity=domain,
            configuration_set_attributes=ses.CfnEmailIdentity.ConfigurationSetAttributesProperty(
                configuration_set_name=configuration.configuration_set_name
            ),
            dkim_signing_attributes=ses.CfnEmailIdentity.DkimSigningAttributesProperty(
                next_signing_key_length="RSA_2048_BIT"
            ),
            mail_from_attributes=ses.CfnEmailIdentity.MailFromAttributesProperty(
                mail_from_domain=f"{back}.{domain}", behavior_on_mx_failure="USE_DEFAULT_VALUE"
            )
            if back
            else None,
        )
        records = self._records(domain, back, stack.region)
        for number, (kind, name, value) in enumerate(records, start=1):
            stack.say(f"Dns{number}", f"{kind} {name} {value}")
        if stage.address.zone_name and f".{domain}".endswith(f".{stage.address.zone_name}"):
            self._enter(records)

    def _records(self, domain: str, back: str, region: str) -> list[tuple[str, str, str]]:
        """Return the records as kind, name and value: DKIM, SPF, DMARC, and where mails for replies go."""
        stage = Asking.around(self).stage
        keys = (
            (self.made.attr_dkim_dns_token_name1, self.made.attr_dkim_dns_token_value1),
            (self.made.attr_dkim_dns_token_name2, self.made.attr_dkim_dns_token_value2),
            (self.made.attr_dkim_dns_token_name3, self.made.attr_dkim_dns_token_value3),
        )
        reports = f"; rua=mailto:{stage.mails.reports_to}" if stage.mails.reports_to else ""
        found = [("CNAME", name, value) for name, value in keys]
        if back:
            found += [
                ("MX", f"{back}.{domain}", f"10 feedback-smtp.{region}.amazonses.com"),
                ("TXT", f"{back}.{domain}", "v=spf1 include:amazonses.com ~all"),
            ]
        found.append(("TXT", f"_dmarc.{domain}", f"v=DMARC1; p=none{reports}"))
        if stage.mails.receives:
            found.append(("MX", stage.mails.receives, f"10 inbound-smtp.{region}.amazonaws.com"))
        return found

    def _enter(self, records: list[tuple[str, str, str]]) -> None:
        """Make the records in the zone of the stage; those of other domains are left to people."""
        stage = Asking.around(self).stage
        zone = stage.address.zone_name
        for number, (kind, name, value) in enumerate(records, start=1):
            if number > _KEYS and not f".{name}".endswith(f".{zone}"):
                continue
            route53.CfnRecordSet(
                self,
                f"Record{number}",
                hosted_zone_id=stage.address.hosted_zone,
                name=f"{name}.",
                type=kind,
                ttl="3600",
                resource_records=[f'"{value}"' if kind == "TXT" else value],
            )
