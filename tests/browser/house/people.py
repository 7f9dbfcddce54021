"""Who works at Lojas Aurora, and where: places, products, managers, and those who may sign in."""

import boto3

from escuta import config, table
from escuta.directory import managers, segments
from escuta.directory.model import AlertChannel, Product, Role
from infra.local import company

PASSWORD = "Girassol-2026"  # noqa: S105 - of people who do not exist
USERS = {  # who may sign in: name and role
    "helena": ("Helena Duarte", Role.ADMIN),
    "davi": ("Davi Antunes", Role.ANALYST),
    "bruno": ("Bruno Lima", Role.MANAGER),
}
BRUNO = ("Bruno Lima", "bruno", "+5551988880009", "pt-BR", ("sul",))


def address(name: str) -> str:
    """Return somebody's address."""
    return f"{name}@aurora.example"


def let_in(*names: str) -> None:
    """Give people a way into the console."""
    cognito, pool = boto3.client("cognito-idp"), config.settings().user_pool
    for short in names:
        name, role = USERS[short]
        email = address(short)
        said = {"email": email, "email_verified": "true", "name": name, "locale": "pt-BR"}
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in said.items()],
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=role)


def settle(*names: str) -> None:
    """Give people who were invited a password of their own."""
    cognito, pool = boto3.client("cognito-idp"), config.settings().user_pool
    for short in names:
        cognito.admin_set_user_password(UserPoolId=pool, Username=address(short), Password=PASSWORD, Permanent=True)


def places() -> None:
    """Make three regions with four stores each, products, and the managers of some of them."""
    root, name = company.ROOT
    segments.change(segments.create(root, name, None, config.settings().timezone), share=company.SHARE)
    for code, region in company.REGIONS:
        segments.create(code, region, root, company.TIMEZONES[code])
    for store in company.STORES:
        segments.create(store.code, store.name, store.region, store.timezone, city=store.city, state=store.state)
    for person, short, phone, language, where in (*company.MANAGERS, BRUNO):
        channels = (AlertChannel.EMAIL, AlertChannel.SMS) if short == "otavio.reis" else (AlertChannel.EMAIL,)
        managers.create(person, address(short), language=language, segments=where, phone=phone, channels=channels)
    table.put_many(Product(code=code, name=name, group=group) for code, name, group in company.PRODUCTS)
